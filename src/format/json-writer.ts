import { encodeString } from "./go-json.ts";

/** Writes one JSON object field by field in the order of the calls; texts are already JSON. */
export class ObjectWriter {
  private readonly fields: string[] = [];

  /** A field that is always there. */
  put(name: string, json: string | number | bigint | boolean): this {
    this.fields.push(`"${name}":${json}`);
    return this;
  }

  text(name: string, value: string): this {
    return this.put(name, encodeString(value));
  }

  /** Go's omitempty: nothing is written for "", 0 and absent. */
  optionalText(name: string, value: string | undefined): this {
    return value === undefined || value === "" ? this : this.text(name, value);
  }

  optionalNumber(name: string, value: number): this {
    return value === 0 ? this : this.put(name, value);
  }

  texts(name: string, values: readonly string[]): this {
    return this.put(name, `[${values.map(encodeString).join(",")}]`);
  }

  optionalTexts(name: string, values: readonly string[]): this {
    return values.length === 0 ? this : this.texts(name, values);
  }

  finish(): string {
    return `{${this.fields.join(",")}}`;
  }
}
