/**
 * sh that puts a `tc` in place which says yes to everything, for a libvirtd host of its own mounts: kernels as small as
 * that of a container lack sfq and policing, without which libvirt plugs in no NIC that has a bandwidth. What libvirt
 * makes of bandwidths is real, only the kernel is not told.
 */
export const willingTc = `printf '#!/bin/sh\\nexit 0\\n' >/run/tc; chmod 755 /run/tc; mount --bind /run/tc "$(readlink -f "$(command -v tc)")"
`;
