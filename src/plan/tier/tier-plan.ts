import type { PackId } from "../../base/id.ts";

/** Raised when the meaning of a field changes. */
export const TIER_PLAN_SCHEMA = "firnline/tier-plan/1";

/** One change of class. Prices are one-off; `savingPerMonth` is negative for a promotion. */
export interface TierStep {
  readonly kind: "freeze" | "promote";
  readonly pack: PackId;
  readonly path: string;
  readonly size: number;
  readonly from: string;
  readonly to: string;
  /** ETag the object must still have. */
  readonly etag: string | undefined;
  /** Shortest answer, in ms, that its data needs from now on. */
  readonly needMs: number;
  readonly why: string;
  readonly price: number;
  /** What one repeated attempt costs: the request alone. */
  readonly retryPrice: number;
  readonly savingPerMonth: number;
  readonly payBackDays: number | undefined;
  /** Promotions out of an archive class: how the thaw is asked for; absent when a thawed copy can be used at once. */
  readonly thaw:
    | { readonly tier: "Standard" | "Bulk" | undefined; readonly waitMs: number; readonly days: number; readonly price: number }
    | undefined;
}

export interface PlanPrices {
  readonly provider: string;
  readonly region: string;
  readonly currency: string;
  readonly date: string;
  /** True when the endpoint was not recognised and a default was taken. */
  readonly assumed: boolean;
  readonly why: string;
}

export interface PackSum {
  readonly packs: number;
  readonly bytes: number;
}

/** Frozen data: shown, stored, carried out; never changed. */
export interface TierPlan {
  readonly schema: typeof TIER_PLAN_SCHEMA;
  readonly repository: string;
  readonly location: string;
  readonly createdAt: string;
  readonly strict: boolean;
  readonly prices: PlanPrices;
  readonly recovery: readonly string[];
  readonly assumptions: readonly string[];
  readonly steps: readonly TierStep[];
  readonly totals: {
    readonly freeze: PackSum;
    readonly promote: PackSum;
    readonly price: number;
    readonly savingPerMonth: number;
    readonly payBackDays: number | undefined;
  };
  /** Instantly readable only because other blobs of the same pack need it. */
  readonly mixed: PackSum;
  /** Will be moved by a later plan, when its need has changed. */
  readonly later: PackSum & { readonly next: string | undefined };
  readonly neverFrozen: { readonly treePacks: PackSum; readonly unreferenced: PackSum; readonly unknown: PackSum };
  readonly idleSeries: readonly IdleSeries[];
  /** Broken now, and nothing a change of class can do about it. */
  readonly unanswered: readonly string[];
}

export interface IdleSeries {
  readonly name: string;
  readonly newest: string;
  readonly days: number;
  /** What only idle series keep instantly readable, all of them together. */
  readonly bytes: number;
  readonly costPerMonth: number;
}

/** Names the plan by its content, so that a rerun of the same plan finds what it has already spent. */
export function planText(plan: TierPlan): string {
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}
