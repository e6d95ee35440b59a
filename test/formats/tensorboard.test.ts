import fs from 'node:fs';
import path from 'node:path';
import { eventRecord, firstRecord, type TensorBoardEvent } from '../../lib/formats/tensorboard';
import { divided, eventsIn } from '../support/event_files';
import { folders } from '../support/folders';

const newFolder = folders();

/** The result of reading a file of these records. */
function read(...records: Uint8Array[]) {
  const file = path.join(newFolder(), 'events');
  fs.writeFileSync(file, Buffer.concat(records));
  return eventsIn(file);
}

const time = 1_700_000_000_500; // milliseconds

test('the first record has the version of the format, and the time in seconds', () => {
  expect(read(firstRecord(time))).toEqual([
    { wallTime: 1_700_000_000.5, step: 0, fileVersion: 'brain.Event:2', scalars: {}, texts: {} },
  ]);
});

// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
test('the first record has the bytes that TensorBoard writes', () => {
  const event = Buffer.concat([
    Buffer.of(0x09), // field 1, 8 bytes: wall_time
    Buffer.from(Float64Array.of(0.5).buffer),
    Buffer.of(0x1a, 13), // field 3, bytes: file_version
    Buffer.from('brain.Event:2'),
  ]);
  const length = Buffer.from(BigUint64Array.of(BigInt(event.length)).buffer);
  const masked = (bytes: Uint8Array) => {
    const checksum = divided(bytes);
    const rotated = (checksum % 2 ** 15) * 2 ** 17 + Math.floor(checksum / 2 ** 15);
    return Buffer.from(Uint32Array.of((rotated + 0xa282ead8) % 2 ** 32).buffer);
  };
  expect(Buffer.from(firstRecord(500))).toEqual(Buffer.concat([length, masked(length), event, masked(event)]));
});

test.each<[string, Partial<TensorBoardEvent>, object]>([
  ['no values', {}, {}],
  ['a step beyond 32 bits', { step: 2 ** 40 + 3 }, { step: 2 ** 40 + 3 }],
  ['numbers', { scalars: { loss: 0.25, 'validation/loss': -3 } }, { scalars: { loss: 0.25, 'validation/loss': -3 } }],
  ['a number that is NaN', { scalars: { loss: Number.NaN } }, { scalars: { loss: Number.NaN } }],
  ['texts', { texts: { model: '**bold** ü', '': '' } }, { texts: { model: '**bold** ü', '': '' } }],
  ['both', { scalars: { a: 1 }, texts: { b: 'c' } }, { scalars: { a: 1 }, texts: { b: 'c' } }],
  ['a text of 100,000 letters', { texts: { long: 'x'.repeat(100_000) } }, { texts: { long: 'x'.repeat(100_000) } }],
  ['a start', { isStart: true }, { isStart: true }],
])('a reader reads %s', (_, given, found) => {
  expect(read(eventRecord({ time, step: 7, ...given }))).toEqual([
    { wallTime: 1_700_000_000.5, step: 7, scalars: {}, texts: {}, ...found },
  ]);
});

test('only the first event has a session state, and an event without values has no summary', () => {
  const start = eventRecord({ time, step: 1, isStart: true });
  const other = eventRecord({ time, step: 1, isStart: false });
  expect(other).toEqual(eventRecord({ time, step: 1, scalars: {}, texts: {} }));
  // 16 bytes around the message; 9 of the time, 2 of the step; 4 of the start
  expect([other.length, start.length]).toEqual([16 + 9 + 2, 16 + 9 + 2 + 4]);
});

test('records follow each other', () => {
  const events = read(firstRecord(time), ...[1, 2, 3].map((step) => eventRecord({ time, step, scalars: { step } })));
  expect(events.map(({ step, scalars }) => [step, scalars])).toEqual([
    [0, {}],
    [1, { step: 1 }],
    [2, { step: 2 }],
    [3, { step: 3 }],
  ]);
});
