import type { Account } from "./account.ts";
import { parseStep } from "./clock.ts";
import type { FaultRule, Faults } from "./faults.ts";
import type { Reply } from "./http/reply.ts";
import type { S3Request } from "./http/request.ts";
import { inspectObjects, inspectVersions } from "./inspect.ts";
import { S3Error } from "./s3-error.ts";

interface Parts {
  readonly account: Account;
  readonly faults: Faults;
}

/** `/_icebox/…`: what a test may ask of the world behind the API. Unsigned, so do not expose the port. */
export function answerAdmin(parts: Parts, request: S3Request, body: Buffer): Reply {
  try {
    const result = route(parts, request, body.length === 0 ? undefined : JSON.parse(body.toString("utf8")));
    parts.account.commit();
    return json(200, result);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof S3Error) return json(400, { error: error.message });
    throw error;
  }
}

function json(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(value, undefined, 2)}\n` };
}

function route(parts: Parts, request: S3Request, body: unknown): unknown {
  const { account, faults } = parts;
  switch (`${request.method} ${request.key ?? ""}`) {
    case "GET clock":
      return { now: new Date(account.clock.now()).toISOString(), running: account.clock.running };
    case "POST clock":
      return moveClock(account, body as { set?: string | number; advance?: string | number } | undefined);
    case "GET ledger":
      return account.ledger.bill(account.catchUp());
    case "GET faults":
      return faults.list();
    case "POST faults": {
      const rules = (Array.isArray(body) ? body : [body]) as FaultRule[];
      return { ids: rules.map((rule) => faults.add(rule)) };
    }
    case "DELETE faults":
      faults.clear();
      return {};
    case "GET objects":
      return inspectObjects(account, request.query.get("bucket") ?? "");
    case "GET versions":
      return inspectVersions(account, request.query.get("bucket") ?? "");
    default:
      throw new RangeError("there are clock, ledger, faults, objects and versions under /_icebox/");
  }
}

function moveClock(account: Account, body: { set?: string | number; advance?: string | number } | undefined): unknown {
  if (body?.set !== undefined) account.clock.set(typeof body.set === "number" ? body.set : Date.parse(body.set));
  else if (body?.advance !== undefined) account.clock.advance(parseStep(body.advance));
  else throw new RangeError('the clock takes {"set": ISO date} or {"advance": "12h"}');
  return { now: new Date(account.clock.now()).toISOString(), running: account.clock.running };
}
