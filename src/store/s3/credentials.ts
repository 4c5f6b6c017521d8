import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { World } from "../../base/world.ts";
import { StoreError } from "../store-error.ts";
import { parseIni } from "./ini.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsSettings {
  /** `chain`: nothing was said here, so the SDK looks where it knows to look (roles, SSO, the instance's own identity). */
  readonly credentials: Credentials | "chain";
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** Environment first, then the shared files' profile; what needs a conversation (assumed roles, SSO) is left to the SDK's chain. */
export async function awsSettings(env: World["env"], wantedProfile: string | undefined): Promise<AwsSettings> {
  const profile = wantedProfile ?? said(env["AWS_PROFILE"]) ?? said(env["AWS_DEFAULT_PROFILE"]);
  const region = said(env["AWS_REGION"]) ?? said(env["AWS_DEFAULT_REGION"]);
  // A profile asked for by option outranks keys that happen to be in the environment.
  const fromEnv = wantedProfile === undefined ? credentialsIn((name) => said(env[name.toUpperCase()])) : undefined;
  if (fromEnv !== undefined && region !== undefined) return { credentials: fromEnv, profile, region };

  const shared = await sharedProfile(env, profile);
  return {
    credentials: fromEnv ?? credentialsIn((name) => shared.get(name)) ?? "chain",
    profile,
    region: region ?? shared.get("region"),
  };
}

function credentialsIn(look: (name: string) => string | undefined): Credentials | undefined {
  const [accessKeyId, secretAccessKey, token] = [look("aws_access_key_id"), look("aws_secret_access_key"), look("aws_session_token")];
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new StoreError({
      code: "access-denied",
      message: `${accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"} is missing beside its other half`,
      hint: "set both, or neither and use a profile",
    });
  }
  return { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
}

/** The settings of one profile from both shared files; the credentials file wins. */
async function sharedProfile(env: World["env"], profile: string | undefined): Promise<ReadonlyMap<string, string>> {
  const home = said(env["HOME"]) ?? said(env["USERPROFILE"]) ?? homedir();
  const name = profile ?? "default";
  const files = [
    said(env["AWS_CONFIG_FILE"]) ?? join(home, ".aws", "config"),
    said(env["AWS_SHARED_CREDENTIALS_FILE"]) ?? join(home, ".aws", "credentials"),
  ];
  const sections = await Promise.all(files.map(async (file) => parseIni(await readFile(file, "utf8").catch(() => "")).get(name)));
  if (profile !== undefined && sections.every((section) => section === undefined)) {
    throw new StoreError({
      code: "access-denied",
      message: `no profile ${JSON.stringify(profile)} in ${files.join(" or ")}`,
      hint: "check AWS_PROFILE",
    });
  }
  return new Map(sections.flatMap((section) => [...(section ?? [])]));
}

function said(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
