#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

// a reader that has seen enough, such as head, ends neither the work nor its status
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });

process.exitCode = await main(process.argv.slice(2));
