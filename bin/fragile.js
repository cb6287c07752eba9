#!/usr/bin/env node
import { begin } from '../dist/cli/begin.js';

begin();
// loaded afterwards, since it takes a while
const { main } = await import('../dist/cli/main.js');
process.exitCode = (await main(process.argv.slice(2))) || process.exitCode;
