import type { Bytes } from "../../base/bytes.ts";
import { TIER_OFFENDERS_NAMED } from "../../base/limits.ts";
import { CONFIG_PATH, pathOf } from "../../format/file-kind.ts";
import type { BrokenBlob } from "../../plan/tier/broken.ts";
import { findPaths } from "../../plan/tier/find-paths.ts";
import { frozenFiles, type FrozenFile, type TierVerdict, verifyTiers } from "../../plan/tier/verify.ts";
import type { TierFacts } from "../../plan/tier/tier-facts.ts";
import type { TreeSource } from "../../plan/tier/reference-walk.ts";
import type { Repository } from "../../repo/repository.ts";
import type { ObjectInfo } from "../../store/object-store.ts";
import { isStoreError } from "../../store/store-error.ts";
import type { Access } from "../access.ts";
import type { Caller } from "../open-repository.ts";
import type { PriceWish } from "./prices.ts";
import { withTiers } from "./with-tiers.ts";

/** A file of a snapshot that cannot be had as fast as the rules say, and the pack that is to blame. */
export interface Offender {
  readonly path: Bytes;
  readonly snapshot: string;
  readonly host: string;
  readonly blobs: readonly string[];
  readonly packs: readonly string[];
  readonly needMs: number;
  readonly answerMs: number;
}

export interface VerifyReport {
  readonly verdict: TierVerdict;
  readonly offenders: readonly Offender[];
  readonly warned: readonly Offender[];
  readonly treesUnreadable: boolean;
}

/** Proves from index, trees and LIST alone that everything can be had within its need. The local cache is not used. */
export function verifyTiering(access: Access, caller: Caller, wish: PriceWish & { readonly strict: boolean }): Promise<VerifyReport> {
  return withTiers({ ...access, useCache: false }, caller, wish, async ({ repo, reader, signal }) => {
    const frozen = await metadataFiles(repo, signal);
    try {
      return await verdictOf(await reader.read(signal), frozen, wish.strict, reader.trees, signal);
    } catch (error) {
      // An index or snapshot in the ice cannot be read; which one it is is what LIST has just said.
      if (frozen.length > 0 && isStoreError(error, "archived")) return nothingReadable(frozen);
      throw error;
    }
  });
}

function nothingReadable(frozenMetadata: readonly FrozenFile[]): VerifyReport {
  const verdict: TierVerdict = { ok: false, blobs: 0, broken: [], warned: [], frozenMetadata };
  return { verdict, offenders: [], warned: [], treesUnreadable: true };
}

export async function verdictOf(
  facts: TierFacts,
  frozenMetadata: readonly FrozenFile[],
  strict: boolean,
  trees: TreeSource,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const verdict = verifyTiers({ ...facts, strict, frozenMetadata: [...frozenMetadata, ...facts.frozenTrees] });
  const offenders = await offendersOf(verdict.broken, facts, trees, signal);
  const warned = await offendersOf(verdict.warned, facts, trees, signal);
  return { verdict, offenders, warned, treesUnreadable: facts.treesUnreadable };
}

/** Config, keys, snapshots and index files that are not readable at once, by LIST. */
export async function metadataFiles(repo: Repository, signal: AbortSignal): Promise<FrozenFile[]> {
  if (!repo.store.capabilities.storageClasses) return [];
  const infos: ObjectInfo[] = [];
  for (const prefix of [CONFIG_PATH, "keys/", "snapshots/", "index/"])
    infos.push(...(await Array.fromAsync(repo.store.list(prefix, { signal }))));
  return frozenFiles(infos);
}

async function offendersOf(broken: readonly BrokenBlob[], facts: TierFacts, trees: TreeSource, signal: AbortSignal): Promise<Offender[]> {
  const byId = new Map<string, BrokenBlob>(broken.slice(0, TIER_OFFENDERS_NAMED).map((blob) => [blob.id, blob]));
  if (byId.size === 0) return [];
  const found = await findPaths(facts.snapshots, trees, new Set(byId.keys()), signal);
  return found.map(({ snapshot, path, blobs }) => {
    const all = blobs.map((id) => byId.get(id)!);
    return {
      path,
      snapshot: snapshot.id,
      host: snapshot.hostname,
      blobs,
      packs: [...new Set(all.flatMap((blob) => blob.packs.map((pack) => pathOf("data", pack))))],
      needMs: Math.min(...all.map((blob) => blob.need)),
      answerMs: Math.max(...all.map((blob) => blob.answer)),
    };
  });
}
