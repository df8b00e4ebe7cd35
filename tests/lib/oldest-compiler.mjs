// Says whether every dependency in the lock file builds with the oldest compiler that the workspace promises, by what each
// declares. That the workspace's own code does is what clippy's lint `incompatible_msrv` looks at.
//
//   node oldest-compiler.mjs

import { execFileSync } from "node:child_process";

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--locked", "--all-features", "--format-version", "1"], {
    maxBuffer: 1 << 28,
  }),
);
const own = new Set(metadata.workspace_members);
const parts = (version) => version.split(".").map(Number);
const isNewer = (one, other) => {
  const [a, b] = [parts(one), parts(other)];
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at !== undefined && (a[at] ?? 0) > (b[at] ?? 0);
};

const promised = new Set(
  metadata.packages.filter(({ id }) => own.has(id)).map((member) => member.rust_version),
);
if (promised.size !== 1 || promised.has(null)) {
  console.error(`the members promise different compilers: ${[...promised].join(", ")}`);
  process.exit(1);
}
const [oldest] = promised;
const tooNew = metadata.packages.filter(
  (dependency) => dependency.rust_version && isNewer(dependency.rust_version, oldest),
);
for (const { name, version, rust_version: needed } of tooNew) {
  console.error(`${name} ${version} needs Rust ${needed}, and the workspace promises ${oldest}`);
}
console.log(`${metadata.packages.length} packages looked at; Rust ${oldest} is promised`);
process.exit(tooNew.length === 0 ? 0 : 1);
