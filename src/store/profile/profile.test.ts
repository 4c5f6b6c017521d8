import assert from "node:assert/strict";
import { test } from "node:test";
import { MS_PER_HOUR, MS_PER_MINUTE } from "../../base/time.ts";
import { kindOfClass } from "../class-names.ts";
import { profileFor } from "./profile-for.ts";
import { classOf, type ClassFacts } from "./provider-profile.ts";
import { providerNames, readProfile, regionNames } from "./read-profile.ts";
import { waitOf } from "./wait.ts";

test("us-east-1 reads as published", () => {
  const { profile, assumed } = profileFor({ endpoint: "s3:https://s3.us-east-1.amazonaws.com/bucket/prefix" });
  assert.equal(assumed, false);
  assert.deepEqual([profile.currency, profile.priceDate, profile.listPer1000], ["USD", "2025-10-28", 0.005]);
  assert.deepEqual(classOf(profile, "DEEP_ARCHIVE"), {
    name: "DEEP_ARCHIVE",
    instant: false,
    target: true,
    storagePerGibMonth: 0.00099,
    putPer1000: 0.05,
    getPer1000: 0.0004,
    lifecycleInPer1000: 0.05,
    retrievalPerGib: 0,
    minDays: 180,
    minBillableBytes: 0,
    overheadStandardBytes: 8192,
    overheadClassBytes: 32_768,
    tiers: [
      { tier: "Bulk", per1000: 0.025, perGib: 0.0025, waitMs: 48 * MS_PER_HOUR },
      { tier: "Standard", per1000: 0.1, perGib: 0.02, waitMs: 12 * MS_PER_HOUR },
    ],
  } satisfies ClassFacts);
  assert.deepEqual(
    classOf(profile, "GLACIER")?.tiers.map(({ tier, waitMs }) => [tier, waitMs]),
    [
      ["Bulk", 12 * MS_PER_HOUR],
      ["Standard", 5 * MS_PER_HOUR],
      ["Expedited", 5 * MS_PER_MINUTE],
    ],
  );
  const instant = classOf(profile, "GLACIER_IR");
  assert.deepEqual([instant?.instant, instant?.retrievalPerGib, instant?.minDays, instant?.minBillableBytes], [true, 0.03, 90, 131_072]);
  assert.deepEqual([profile.egress.freeGibPerMonth, profile.egress.tiers[0]], [100, { upToGib: 10_240, perGib: 0.09 }]);
  assert.deepEqual(
    profile.classes.filter(({ target }) => target).map(({ name }) => name),
    ["STANDARD", "STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
  );
});

test("an endpoint nobody knows is priced as us-east-1 and says so", () => {
  for (const endpoint of ["s3:http://127.0.0.1:9000/b", "/srv/repo", undefined]) {
    const { profile, assumed, why } = profileFor({ endpoint });
    assert.deepEqual([profile.name, profile.region, assumed], ["aws-s3", "us-east-1", true]);
    assert.match(why, /priced as aws-s3 us-east-1/);
  }
});

test("provider and region given outrank the endpoint", () => {
  const uae = profileFor({ endpoint: "s3:http://127.0.0.1:9000/b", provider: "aws", region: "me-central-1" });
  assert.deepEqual(
    [uae.profile.region, uae.assumed, classOf(uae.profile, "GLACIER")?.storagePerGibMonth],
    ["me-central-1", false, 0.00405],
  );
  assert.equal(profileFor({ provider: "aws", region: "us-west-2" }).profile.classes.length, profileFor({}).profile.classes.length);
  assert.equal(profileFor({ provider: "aws", region: "us-west-2" }).assumed, false);
  assert.throws(() => profileFor({ provider: "nobody" }), /"nobody" is unknown/);
});

test("a region without full prices is not made up", () => {
  const { profile, assumed, why } = profileFor({ endpoint: "s3:s3.eu-central-1.amazonaws.com/b" });
  assert.deepEqual([profile.region, assumed], ["us-east-1", true]);
  assert.match(why, /eu-central-1 are not fully known/);
});

test("regions of the endpoint's name are recognised", () => {
  assert.equal(profileFor({ endpoint: "s3:s3.dualstack.me-central-1.amazonaws.com/b" }).profile.region, "me-central-1");
  assert.equal(profileFor({ endpoint: "s3:s3.cn-north-1.amazonaws.com.cn/b" }).profile.currency, "CNY");
  assert.equal(profileFor({ endpoint: "s3:s3.fr-par.scw.cloud/b" }).profile.currency, "EUR");
  assert.equal(profileFor({ endpoint: "s3:abc.r2.cloudflarestorage.com/b" }).profile.name, "cloudflare-r2");
});

test("units of other providers are brought to ours", () => {
  const r2 = readProfile("cloudflare-r2", "all");
  assert.ok(Math.abs((r2?.classes[0]?.putPer1000 ?? 0) - 0.0045) < 1e-12);
  assert.ok(Math.abs((r2?.classes[0]?.storagePerGibMonth ?? 0) - 0.015 * 1.073741824) < 1e-12);
  const gcs = profileFor({ endpoint: "s3:https://storage.googleapis.com/b" }).profile;
  assert.deepEqual(
    gcs.classes.map(({ name, instant }) => [name, instant]),
    [
      ["STANDARD", true],
      ["NEARLINE", true],
      ["COLDLINE", true],
      ["ARCHIVE", true],
    ],
  );
  assert.ok(Math.abs(gcs.classes[0]!.putPer1000 - 0.005) < 1e-12);
});

test("every profile that can be read has sane numbers", () => {
  let count = 0;
  for (const provider of providerNames()) {
    for (const region of regionNames(provider)) {
      const profile = readProfile(provider, region);
      if (profile === undefined) continue;
      count++;
      assert.equal(profile.classes[0]?.name, "STANDARD");
      for (const facts of profile.classes) {
        const numbers = Object.values(facts).filter((value) => typeof value === "number");
        assert.ok(
          numbers.every((value) => Number.isFinite(value) && value >= 0),
          `${provider} ${region} ${facts.name}`,
        );
        assert.equal(facts.instant, facts.tiers.length === 0);
      }
    }
  }
  assert.ok(count >= 7, `${count} profiles`);
});

test("published times are read at their upper end", () => {
  assert.equal(waitOf("1-5 min (objects < 250 MB)"), 5 * MS_PER_MINUTE);
  assert.equal(waitOf("3-5 h (starts within minutes via S3 Batch Operations)"), 5 * MS_PER_HOUR);
  assert.equal(waitOf("<=12 h (9 h start via S3 Batch Operations)"), 12 * MS_PER_HOUR);
  assert.equal(waitOf("minutes to 24 h"), 24 * MS_PER_HOUR);
  assert.equal(waitOf("about 1 min"), MS_PER_MINUTE);
  assert.equal(waitOf("soon"), undefined);
});

test("a plan moves nothing to a class that LIST would then not vouch for", () => {
  for (const provider of providerNames()) {
    for (const region of regionNames(provider)) {
      const targets = readProfile(provider, region)?.classes.filter(({ target }) => target) ?? [];
      for (const { name, instant } of targets) assert.equal(kindOfClass(name), instant ? "instant" : "archive", `${provider} ${name}`);
    }
  }
});
