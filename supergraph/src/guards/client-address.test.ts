import { describe, expect, it } from '@jest/globals';
import { addressKey } from '@storefront/platform/http/address-key.ts';
import { readClientAddress } from './client-address.ts';

describe('the client address', () => {
  it('is the socket when no proxy is trusted, whatever the header claims', () => {
    const address = readClientAddress({ 'x-forwarded-for': '6.6.6.6' }, '10.0.0.1', 0);

    expect(address).toBe('10.0.0.1');
  });

  it('is what the outermost trusted proxy saw, not what the client wrote before it', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.0.0.2' };

    expect(readClientAddress(headers, '10.0.0.3', 1)).toBe('10.0.0.2');
    expect(readClientAddress(headers, '10.0.0.3', 2)).toBe('203.0.113.7');
  });

  it('shows an IPv4 peer of a dual-stack socket plainly', () => {
    expect(readClientAddress({}, '::ffff:127.0.0.1', 0)).toBe('127.0.0.1');
  });

  it('counts IPv6 addresses of one /64 together and of two apart', () => {
    expect(addressKey('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:0db8:0001:0002:ffff:ffff:ffff:ffff')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
  });
});
