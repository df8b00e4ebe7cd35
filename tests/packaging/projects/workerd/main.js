import { Multiplexer } from 'strandmux';
import { roundTrip } from '../program.js';

export default {
  async fetch(request) {
    const server = new URL(request.url).searchParams.get('server');
    return new Response(await roundTrip(Multiplexer, server));
  },
};
