import { FirnError } from "../base/error.ts";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { type AskPassword, passwordFromFile } from "./password.ts";

/** Asks twice: a typing error in a new password would lock its owner out. */
export async function newPassword(ask: AskPassword, prompt: string): Promise<string | undefined> {
  const first = await ask(prompt.replace("enter password", "enter new password"));
  if (first === undefined) return undefined;
  const again = await ask("enter it again: ");
  // A pipe that holds one line has nobody who mistypes.
  if (again === undefined || again === first) return first;
  throw new FirnError({ code: "no-password", message: "the two passwords differ", hint: "try again" });
}

export interface NewPasswordSource {
  readonly file: string | undefined;
  readonly insecureNone: boolean;
}

/** The password of a further key: from a file, none at all, or from the terminal. */
export async function resolveNewPassword(source: NewPasswordSource, ask: AskPassword): Promise<Bytes> {
  if (source.file !== undefined && source.insecureNone) {
    throw new FirnError({ code: "usage", message: "--new-password-file and --new-insecure-no-password exclude each other" });
  }
  if (source.insecureNone) return utf8("");
  const text = source.file === undefined ? await newPassword(ask, "enter password: ") : await passwordFromFile(source.file);
  if (text === undefined) {
    throw new FirnError({
      code: "no-password",
      message: "no new password was given and there is no terminal to ask on",
      hint: "use --new-password-file",
    });
  }
  if (text !== "") return utf8(text);
  throw new FirnError({
    code: "no-password",
    message: "an empty password is not allowed",
    hint: "use --new-insecure-no-password if you really want none",
  });
}
