import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readServerSettings } from '../../runtime/temporal/server-settings.js';

// HOME keeps the TOML file of whoever runs the tests out of them
const bare = { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' };

test('without settings the local server is at the development ports', () => {
  expect(readServerSettings(bare)).toEqual({
    configured: undefined,
    anyPort: true,
    namespace: 'default',
    port: 7233,
    uiPort: 8233,
    uiUrl: undefined,
  });
});

test('the port of the Web UI follows that of the server unless it is set', () => {
  expect(readServerSettings({ ...bare, CROSSOVER_TEMPORAL_PORT: '7000' })).toMatchObject({
    port: 7000,
    uiPort: 8000,
  });
  expect(
    readServerSettings({ ...bare, CROSSOVER_TEMPORAL_PORT: '7000', CROSSOVER_UI_PORT: '9000' }),
  ).toMatchObject({ uiPort: 9000 });
});

test('address, namespace and API key come from the standard variables, and a key means TLS', () => {
  const environment = {
    ...bare,
    TEMPORAL_ADDRESS: 'a.example:7233',
    TEMPORAL_NAMESPACE: 'lab',
    TEMPORAL_API_KEY: 'secret',
  };
  const { configured, namespace } = readServerSettings(environment);
  expect(namespace).toBe('lab');
  expect(configured).toMatchObject({ address: 'a.example:7233', apiKey: 'secret', tls: true });
});

test('a profile of the TOML file counts like the variables', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crossover-toml-'));
  const file = join(folder, 'temporal.toml');
  await writeFile(file, '[profile.lab]\naddress = "b.example:7233"\nnamespace = "team"\n');
  const environment = { ...bare, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'lab' };
  expect(readServerSettings(environment)).toMatchObject({
    namespace: 'team',
    configured: { address: 'b.example:7233' },
  });
  expect(() => readServerSettings({ ...environment, TEMPORAL_PROFILE: 'typo' })).toThrow(/typo/);
  await rm(folder, { recursive: true });
});

test('a key or certificate without an address is refused: it would silently not be used', () => {
  expect(() => readServerSettings({ ...bare, TEMPORAL_API_KEY: 'secret' })).toThrow(
    /without an address.*TEMPORAL_ADDRESS/,
  );
  expect(() => readServerSettings({ ...bare, TEMPORAL_TLS: 'true' })).toThrow(/without an address/);
});

test('a port that is none is refused with the variable and the value found', () => {
  expect(() => readServerSettings({ ...bare, CROSSOVER_UI_PORT: 'http' })).toThrow(
    /CROSSOVER_UI_PORT: found "http"/,
  );
  expect(() => readServerSettings({ ...bare, CROSSOVER_TEMPORAL_PORT: '70000' })).toThrow(
    /CROSSOVER_TEMPORAL_PORT: found "70000"/,
  );
});
