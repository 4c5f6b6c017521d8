/** Months are billed by the calendar in UTC: a GiB-month of February is shorter than one of March. */
export interface Month {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

let last: Month | undefined;

export function monthOf(ms: number): Month {
  if (last !== undefined && ms >= last.start && ms < last.end) return last;
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  last = monthAt(year, month);
  return last;
}

export function monthNamed(name: string): Month {
  const [year, month] = name.split("-").map(Number) as [number, number];
  return monthAt(year, month - 1);
}

function monthAt(year: number, month: number): Month {
  const name = `${String(year).padStart(4, "0")}-${String(month + 1).padStart(2, "0")}`;
  return { name, start: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1) };
}
