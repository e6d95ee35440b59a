import { crc32c } from '../../lib/formats/crc32c';
import { divided } from '../support/event_files';
import fc from '../support/properties';

const bytes = (length: number, byte: (i: number) => number) => Uint8Array.from({ length }, (_, i) => byte(i));

// RFC 3720, B.4, where the bytes of the checksums are in the order of a packet; and the usual check value.
test.each<[string, Uint8Array, number]>([
  ['32 zeros', bytes(32, () => 0), 0x8a9136aa],
  ['32 ones', bytes(32, () => 255), 0x62a8ab43],
  ['ascending bytes', bytes(32, (i) => i), 0x46dd794e],
  ['descending bytes', bytes(32, (i) => 31 - i), 0x113fdb5c],
  ['"123456789"', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(), 0],
])('the checksum of %s is the published one', (_, data, expected) => {
  expect(crc32c(data)).toBe(expected);
  expect(divided(data)).toBe(expected);
});

test('it is the remainder of a division of polynomials, bit by bit', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (data) => crc32c(data) === divided(data)));
});
