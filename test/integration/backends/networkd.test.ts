import { networkdStories } from './networkd-stories.ts';

const file = '/etc/systemd/network/20-site.network';

networkdStories('networkd', {
  theirs: { file, line: 3, text: '# site\n[Match]\nName=eth3 eth4\n[Network]\nAddress=10.3.0.1/24\n' },
  left: '# site\n[Match]\nName=eth4\n[Network]\nAddress=10.3.0.1/24\n',
  load: 'networkctl reload',
  ours: 'cat /etc/systemd/network/*wirebook* /etc/systemd/network/*wirebook*.d/* 2>/dev/null; :',
});
