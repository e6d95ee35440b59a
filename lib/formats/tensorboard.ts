import { crc32c } from './crc32c.js';
import { Pbf } from './pbf.js';

// Event files of TensorBoard: records of messages `Event`
// (https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto).

/** A moment of a run. */
export interface TensorBoardEvent {
  /** Milliseconds since 1970. */
  time: number;
  step: number;
  /** Numbers by tag. `validation/loss` is shown in the group `validation`. */
  scalars?: Readonly<Record<string, number>>;
  /** Texts by tag, in Markdown. */
  texts?: Readonly<Record<string, string>>;
  /** Whether a run begins here. TensorBoard then ignores what earlier files of the folder contain from `step` on. */
  isStart?: boolean;
}

/** The first record of a file. */
export function firstRecord(time: number): Uint8Array {
  return record((event) => {
    event.writeDoubleField(1, time / 1000);
    event.writeStringField(3, 'brain.Event:2');
  });
}

export function eventRecord({ time, step, scalars, texts, isStart }: TensorBoardEvent): Uint8Array {
  return record((event) => {
    event.writeDoubleField(1, time / 1000);
    event.writeVarintField(2, step);
    const values = [
      ...Object.entries(scalars ?? {}).map(([tag, value]) => scalarValue(tag, value)),
      ...Object.entries(texts ?? {}).map(([tag, text]) => textValue(tag, text)),
    ];
    if (values.length > 0) event.writeBytesField(5, messageOf(values));
    if (isStart) event.writeBytesField(7, sessionStart);
  });
}

/** A message whose field 1 has these values. */
const messageOf = (values: readonly Uint8Array[]): Uint8Array =>
  message((pbf) => {
    for (const value of values) pbf.writeBytesField(1, value);
  });

const scalarValue = (tag: string, value: number): Uint8Array =>
  message((pbf) => {
    pbf.writeStringField(1, tag);
    pbf.writeFloatField(2, value);
  });

/** A text is a tensor of one string, for TensorBoard's plugin `text`. */
function textValue(tag: string, text: string): Uint8Array {
  const strings = 7; // the type
  const dimension = message((pbf) => pbf.writeVarintField(1, 1));
  const shape = message((pbf) => pbf.writeBytesField(2, dimension));
  const tensor = message((pbf) => {
    pbf.writeVarintField(1, strings);
    pbf.writeBytesField(2, shape);
    pbf.writeStringField(8, text);
  });
  const plugin = message((pbf) => pbf.writeStringField(1, 'text'));
  return message((pbf) => {
    pbf.writeStringField(1, tag);
    pbf.writeBytesField(8, tensor);
    pbf.writeBytesField(9, messageOf([plugin]));
  });
}

/** The state of a session that has begun. */
const sessionStart = message((pbf) => pbf.writeVarintField(1, 1));

function message(write: (pbf: Pbf) => void): Uint8Array {
  const pbf = new Pbf();
  write(pbf);
  return pbf.finish();
}

/** A record: the length of a message as 8 bytes, its checksum, the message, its checksum. */
function record(write: (event: Pbf) => void): Uint8Array {
  const event = message(write);
  const bytes = new Uint8Array(event.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(event, 12);
  view.setUint32(12 + event.length, masked(crc32c(event)), true);
  return bytes;
}

/**
 * A checksum in the masked form of records. Without the mask, the checksum of data that end in their own checksum would be a
 * constant.
 */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
