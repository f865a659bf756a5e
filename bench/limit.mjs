// The limit: bare ssh2, one connection and one shell a host, ten reads on it, all hosts at once.
// usage: node limit.mjs HOSTS.json   ({ hosts: [{ address, port, user, key }], ciphers })
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';

const READS = 10;
const { hosts, ciphers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const onHost = ({ address, port, user, key }) =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.on('ready', () =>
      client.exec('exec sh', (error, channel) => {
        if (error) return reject(error);
        let seen = 0;
        let text = '';
        channel.on('data', (chunk) => {
          text += chunk;
          if (!text.endsWith('@@\n')) return;
          text = '';
          seen += 1;
          if (seen < READS) channel.write('ip -j link show; echo; echo @@\n');
          else channel.end('exit\n');
        });
        channel.on('close', () => {
          client.end();
          resolve();
        });
        channel.write('ip -j link show; echo; echo @@\n');
      }),
    );
    client.connect({
      host: address,
      port,
      username: user,
      privateKey: readFileSync(key),
      algorithms: { cipher: ciphers },
      hostVerifier: () => true,
    });
  });

await Promise.all(hosts.map(onHost));
