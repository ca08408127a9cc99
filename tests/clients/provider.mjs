// An OpenID provider for test_issued_tokens.py: the package `oidc-provider`, with keys that are new at each start.
//
//     node provider.mjs FOLDER SETTINGS
//
// FOLDER is where npm has installed the package. SETTINGS are JSON:
//
//     port       where it listens on 127.0.0.1
//     claims     for each account or client, what its access tokens say beside the standard claims
//     resources  for each resource indicator, what `getResourceServerInfo` says of it
//     clients    ids of clients that get tokens for themselves; the secret is "secret of ID"
//     redirect   where people come back to from the pages that ask who they are, with the client "pages"
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, text] = process.argv.slice(2);
const settings = JSON.parse(text);
const path = createRequire(join(folder, 'none.js')).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(path));

const jwk = ({ privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), use: 'sig' });
const keys = [
  { ...jwk(generateKeyPairSync('rsa', { modulusLength: 2048 })), alg: 'RS256' },
  { ...jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' })), alg: 'ES256' },
];

const services = settings.clients.map((id) => ({
  client_id: id,
  client_secret: `secret of ${id}`,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
}));

const provider = new Provider(`http://127.0.0.1:${settings.port}`, {
  jwks: { keys },
  cookies: { keys: ['for the tests only'] },
  clients: [
    ...services,
    { client_id: 'pages', client_secret: 'secret of pages', redirect_uris: [settings.redirect] },
  ],
  pkce: { required: () => false },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (ctx, token) => settings.claims[token.accountId ?? token.clientId],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => settings.resources[resource],
    },
  },
});
provider.listen(settings.port, '127.0.0.1');
