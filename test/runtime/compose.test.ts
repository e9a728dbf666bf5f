import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Environment, readSettings } from '../../runtime/settings.js';
import { readServerSettings } from '../../runtime/temporal/server-settings.js';
import { Device } from '../../schemas/stages.js';
import { computeQueue } from '../../workflows/policies.js';

const root = resolve(import.meta.dirname, '../..');
const Service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
});
const { services } = z
  .object({ services: z.record(z.string(), Service) })
  .parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
const workers = Object.entries(services).filter(([name]) => name.startsWith('worker-'));

/** `${NAME:-default}` as compose fills it in without an environment. */
const filled = (environment: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{\w+:-(.*?)\}/g, '$1')]),
  );

describe('docker-compose.yml', () => {
  it('has a CPU and a GPU worker', () => {
    expect(workers.map(([name]) => name)).toEqual(Device.options.map((device) => `worker-${device}`));
  });

  it.each(workers)(
    '%s is configured by names the settings know, and they accept its values',
    (name, { environment = {} }) => {
      const own = Object.keys(environment).filter((variable) => !variable.startsWith('TEMPORAL_'));
      expect(own.filter((variable) => !(variable in Environment.shape))).toEqual([]);
      const settings = readSettings(filled(environment), '/crossover');
      expect(settings.store).toBe('s3://crossover/store');
      expect(settings.s3.endpoint).toBe('http://store:9000');
      expect(`worker-${settings.device}`).toBe(name);
      expect(computeQueue(settings.device)).toBe(`crossover-${settings.device}`);
      expect(readServerSettings(filled(environment))).toMatchObject({
        configured: { address: 'temporal:7233' },
        namespace: 'default',
      });
    },
  );

  it.each(workers)('%s runs the command that the tests run', (_, { command = [] }) => {
    expect(command.join(' ')).toContain('node runtime/bin/crossover.js worker');
    expect(existsSync(join(root, 'runtime/bin/crossover.js'))).toBe(true);
  });

  it.each(workers)('%s copies the checkout and writes into nothing of it but runs', (_, { volumes = [] }) => {
    const ofHost = volumes.filter((volume) => volume.startsWith('.'));
    expect(ofHost).toEqual(['.:/checkout:ro', './runs:/crossover/runs']);
  });

  it('binds every port to loopback, at the numbers of the local server', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const { port, uiPort } = readServerSettings({});
    expect(ports).toEqual(expect.arrayContaining([`127.0.0.1:${port}:7233`, `127.0.0.1:${uiPort}:8080`]));
  });

  it('pins every image to an exact version', () => {
    const images = Object.values(services).map(({ image }) => image);
    expect(
      images.filter((image) => !/:(RELEASE\.)?[\w.-]*\d[\w.-]*$/.test(image) || image.endsWith(':latest')),
    ).toEqual([]);
  });
});
