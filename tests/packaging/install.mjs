#!/usr/bin/env node
// Packs the package and installs the tarball for the other tests of this directory:
//
//     node tests/packaging/install.mjs

import { install, installed, pack } from './lib/packed.mjs';

const { tarball } = await pack();
await install(tarball);
console.log(`installed ${tarball} at ${installed}`);
