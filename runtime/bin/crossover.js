#!/usr/bin/env node
import { existsSync } from 'node:fs';

const cli = new URL('../../dist/runtime/cli.js', import.meta.url);
if (existsSync(cli)) {
  await import(cli);
} else {
  console.error('crossover is not built yet. Run: npm run setup');
  process.exitCode = 1;
}
