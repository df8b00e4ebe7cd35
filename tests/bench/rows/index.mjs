// The rows, in the order in which they are measured. B12, instructions per message, is a test of the core.

import { slow, loaded } from './beside.mjs';
import { download, upload } from './bulk.mjs';
import { crowd } from './crowd.mjs';
import { cycle } from './cycle.mjs';
import { distance } from './distance.mjs';
import { first } from './first.mjs';
import { idle } from './idle.mjs';
import { throughput } from './native.mjs';
import { idlePing, pipelined } from './small.mjs';

export const rows = [download, upload, crowd, pipelined, idlePing, loaded, cycle, idle, distance, slow, throughput, first];
