import fs from 'node:fs';

const machines: { readonly [number: number]: string } = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};

/**
 * Why an ELF file can't be loaded, in the words of the system's loader. Undefined if its header is right. The loader
 * itself maps a file that is cut short, and the process ends when it is read.
 */
export function faultOf(file: string, architecture: string): string | undefined {
  const header = new DataView(new ArrayBuffer(64));
  const descriptor = fs.openSync(file, 'r');
  try {
    if (fs.readSync(descriptor, header, 0, header.byteLength, 0) < header.byteLength) return `${file}: file too short`;
    if (header.getUint32(0) !== 0x7f454c46) return `${file}: invalid ELF header`;
    const machine = machines[header.getUint16(18, true)] ?? 'another architecture';
    if (machine !== architecture) return `${file}: exec format error: the file is for ${machine}`;
    // The table of sections comes last.
    const end = Number(header.getBigUint64(40, true)) + header.getUint16(58, true) * header.getUint16(60, true);
    return fs.fstatSync(descriptor).size < end ? `${file}: file too short` : undefined;
  } finally {
    fs.closeSync(descriptor);
  }
}
