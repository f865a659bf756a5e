import { networkdStories } from './networkd-stories.ts';

const file = '/etc/netplan/50-site.yaml';
const rest = '# site\nnetwork:\n  version: 2\n  ethernets:\n';

networkdStories('netplan', {
  theirs: {
    file,
    line: 5,
    text: `${rest}    eth3:\n      # theirs\n      addresses: [10.3.0.1/24]\n    eth4: {mtu: 1500}   # other\n`,
  },
  left: `${rest}    eth4: {mtu: 1500}   # other\n`,
  load: 'netplan apply',
  ours: 'cat /etc/netplan/99-wirebook.yaml 2>/dev/null; :',
});
