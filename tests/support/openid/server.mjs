// The real OpenID provider (npm oidc-provider) with accounts from a file, for tests on loopback.
import { readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const told = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'of-this-run', use: 'sig', alg: 'RS256' };

const provider = new Provider(told.issuer, {
  clients: [{
    client_id: told.client_id,
    client_secret: told.client_secret,
    redirect_uris: told.redirects,
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  jwks: { keys: [key] },
  cookies: { keys: ['of this run alone'] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], profile: ['name', 'roles', 'jurisdictions', 'organisations'] },
  ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Grant: 300, Session: 300 },
  // Read anew each time: people change their posts.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...JSON.parse(readFileSync(told.accounts, 'utf8'))[id] }),
  }),
});

provider.listen(told.port, '127.0.0.1', () => console.log('listening'));
