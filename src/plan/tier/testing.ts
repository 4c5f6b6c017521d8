import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { MS_PER_HOUR, MS_PER_MINUTE } from "../../base/time.ts";

const plain = {
  target: true,
  lifecycleInPer1000: 0,
  retrievalPerGib: 0,
  minDays: 0,
  minBillableBytes: 0,
  overheadStandardBytes: 0,
  overheadClassBytes: 0,
  tiers: [],
};
const archive = { instant: false, getPer1000: 0.0004, overheadStandardBytes: 8192, overheadClassBytes: 32_768 };

/** AWS us-east-1 by the figures of object-storage §1.1, written out so that tests do not move with the price file. */
export const TEST_PROFILE: ProviderProfile = {
  name: "aws-s3",
  region: "us-east-1",
  currency: "USD",
  priceDate: "2026-11-22",
  confidence: "high",
  temporaryCopyPerGibMonth: 0.023,
  listPer1000: 0.005,
  egress: { freeGibPerMonth: 100, tiers: [{ upToGib: undefined, perGib: 0.09 }] },
  classes: [
    { ...plain, name: "STANDARD", instant: true, storagePerGibMonth: 0.023, putPer1000: 0.005, getPer1000: 0.0004 },
    {
      ...plain,
      name: "STANDARD_IA",
      instant: true,
      storagePerGibMonth: 0.0125,
      putPer1000: 0.01,
      getPer1000: 0.001,
      retrievalPerGib: 0.01,
      minDays: 30,
      minBillableBytes: 131_072,
    },
    {
      ...plain,
      name: "GLACIER_IR",
      instant: true,
      storagePerGibMonth: 0.004,
      putPer1000: 0.02,
      getPer1000: 0.01,
      retrievalPerGib: 0.03,
      minDays: 90,
      minBillableBytes: 131_072,
    },
    {
      ...plain,
      ...archive,
      name: "GLACIER",
      storagePerGibMonth: 0.0036,
      putPer1000: 0.03,
      minDays: 90,
      tiers: [
        { tier: "Expedited", per1000: 10, perGib: 0.03, waitMs: 5 * MS_PER_MINUTE },
        { tier: "Standard", per1000: 0.05, perGib: 0.01, waitMs: 5 * MS_PER_HOUR },
        { tier: "Bulk", per1000: 0, perGib: 0, waitMs: 12 * MS_PER_HOUR },
      ],
    },
    {
      ...plain,
      ...archive,
      name: "DEEP_ARCHIVE",
      storagePerGibMonth: 0.00099,
      putPer1000: 0.05,
      minDays: 180,
      tiers: [
        { tier: "Standard", per1000: 0.1, perGib: 0.02, waitMs: 12 * MS_PER_HOUR },
        { tier: "Bulk", per1000: 0.025, perGib: 0.0025, waitMs: 48 * MS_PER_HOUR },
      ],
    },
  ],
};
