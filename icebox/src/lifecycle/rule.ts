import type { Filter } from "./filter.ts";

/** When something happens to an object: so many days after it was created, or on a day. */
export type When = { readonly days: number } | { readonly date: number };

export interface Transition {
  readonly when: When;
  readonly storageClass: string;
}

/** When something happens to a version that has been superseded: so many days after that, and never to the newest `keep` of a key. */
export interface NoncurrentWhen {
  readonly days: number;
  readonly keep: number;
}

export interface NoncurrentTransition {
  readonly when: NoncurrentWhen;
  readonly storageClass: string;
}

export interface LifecycleRule extends Filter {
  readonly id: string;
  readonly enabled: boolean;
  readonly transitions: readonly Transition[];
  readonly expiration: When | undefined;
  readonly noncurrentTransitions: readonly NoncurrentTransition[];
  readonly noncurrentExpiration: NoncurrentWhen | undefined;
  /** Removes delete markers that have nothing left beneath them. */
  readonly expireLoneMarkers: boolean;
  readonly abortUploadsAfterDays: number | undefined;
}

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  /** Under the first, nothing below 128 KiB moves unless its rule filters by size; under the second only IA and GLACIER_IR have such a floor. */
  readonly minimumSize: "all_storage_classes_128K" | "varies_by_storage_class";
  /** As it was put, for GET. */
  readonly source: string;
}
