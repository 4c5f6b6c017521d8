/** When something happens to an object: so many days after it was created, or on a day. */
export type When = { readonly days: number } | { readonly date: number };

export interface Transition {
  readonly when: When;
  readonly storageClass: string;
}

export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly largerThan: number | undefined;
  readonly smallerThan: number | undefined;
  readonly transitions: readonly Transition[];
  readonly expiration: When | undefined;
  readonly abortUploadsAfterDays: number | undefined;
}

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  /** Under the first, nothing below 128 KiB moves unless its rule filters by size; under the second only IA and GLACIER_IR have such a floor. */
  readonly minimumSize: "all_storage_classes_128K" | "varies_by_storage_class";
  /** As it was put, for GET. */
  readonly source: string;
}
