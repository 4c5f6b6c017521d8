import { PlainClient } from "./contract/client.ts";
import type { Answer } from "./contract/client.ts";
import { md5Header } from "./contract/versions.ts";
import { startIcebox } from "./index.ts";
import type { Bill, Icebox, IceboxOptions } from "./index.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** A server with one bucket, `ice`, and a client; its clock stands until it is moved. */
export interface Bench extends AsyncDisposable {
  readonly icebox: Icebox;
  readonly client: PlainClient;
  /** The id of the version that was made; undefined where there are none. */
  put(key: string, size: number, storageClass?: string, headers?: Record<string, string>): Promise<string | undefined>;
  remove(key: string, versionId?: string, headers?: Record<string, string>): Promise<Answer>;
  /** A PUT of one of the bucket's configurations. */
  configure(what: string, body: string, id?: string): Promise<Answer>;
  copy(key: string, storageClass: string): Promise<Answer>;
  restore(key: string, days: number, tier: string): Promise<Answer>;
  lifecycle(rules: string): Promise<Answer>;
  classOf(key: string): string | undefined;
}

export async function startBench(start: string, options: IceboxOptions = {}): Promise<Bench> {
  const icebox = await startIcebox({ clock: { start: Date.parse(start) }, buckets: ["ice"], ...options });
  const client = new PlainClient(icebox);
  return {
    icebox,
    client,
    async put(key, size, storageClass = "STANDARD", headers = {}) {
      const answer = await client.send("PUT", `ice/${key}`, {
        body: Buffer.alloc(size),
        headers: { "x-amz-storage-class": storageClass, ...headers },
      });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.headers.get("x-amz-version-id") ?? undefined;
    },
    remove: (key, versionId, headers = {}) =>
      client.send("DELETE", `ice/${key}`, { ...(versionId === undefined ? {} : { query: { versionId } }), headers }),
    configure: (what, body, id) =>
      client.send("PUT", "ice", { query: { [what]: "", ...(id === undefined ? {} : { id }) }, body, headers: md5Header(body) }),
    copy: (key, storageClass) =>
      client.send("PUT", `ice/${key}`, { headers: { "x-amz-copy-source": `ice/${key}`, "x-amz-storage-class": storageClass } }),
    restore: (key, days, tier) =>
      client.send("POST", `ice/${key}`, {
        query: { restore: "" },
        body: `<RestoreRequest><Days>${days}</Days><GlacierJobParameters><Tier>${tier}</Tier></GlacierJobParameters></RestoreRequest>`,
      }),
    lifecycle: (rules) =>
      client.send("PUT", "ice", { query: { lifecycle: "" }, body: `<LifecycleConfiguration>${rules}</LifecycleConfiguration>` }),
    classOf: (key) => icebox.objects("ice").find((object) => object.key === key)?.storageClass,
    [Symbol.asyncDispose]: () => icebox.close(),
  };
}

/** Quantity and amount of one line of a bill; zero when there is none. */
export function line(bill: Bill, item: string, className = "", tier?: string): { quantity: number; amount: number } {
  const found = bill.lines.find((entry) => entry.item === item && entry.class === className && entry.tier === tier);
  return { quantity: found?.quantity ?? 0, amount: found?.amount ?? 0 };
}

export function near(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= Math.max(1e-15, Math.abs(expected) * 1e-9);
}
