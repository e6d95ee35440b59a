import fs from 'node:fs';
import path from 'node:path';
import { importsIn } from './imports';

/** The files of a floor, by path, with the files that each imports or includes. */
export type Files = ReadonlyMap<string, readonly string[]>;

/** A floor of the house: its folder, its files, and how they name each other. */
interface Floor {
  readonly name: string;
  readonly isSource: (file: string) => boolean;
  readonly namesIn: (file: string, text: string) => string[];
  /** Paths that a name in a file can refer to. */
  readonly candidates: (file: string, name: string) => string[];
}

export const upperFloor: Floor = {
  name: 'lib',
  isSource: (file) => /\.c?ts$/.test(file),
  namesIn: (file, text) => importsIn(file, text).filter((name) => name.startsWith('.')),
  candidates(file, name) {
    const place = path.join(path.dirname(file), name);
    return [place.replace(/js$/, 'ts'), place.replace(/js$/, 'd.ts'), place, `${place}.ts`, `${place}/index.ts`];
  },
};

export const groundFloor: Floor = {
  name: 'native/core',
  isSource: (file) => /\.(h|cpp)$/.test(file),
  namesIn: (_, text) => Array.from(text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm), ([, name]) => name!),
  candidates: (file, name) => [name, path.join(path.dirname(file), name)],
};

/** Reads the files of a floor below `root`. */
export function filesOf({ name, isSource, namesIn, candidates }: Floor, root: string): Files {
  const base = path.join(root, name);
  const found = fs.readdirSync(base, { recursive: true, encoding: 'utf8' }).filter(isSource);
  return resolved(
    new Map(found.map((file) => [file, namesIn(file, fs.readFileSync(path.join(base, file), 'utf8'))])),
    candidates,
  );
}

function resolved(files: Files, candidates: Floor['candidates']): Files {
  return new Map(
    Array.from(files, ([file, names]) => [
      file,
      names.map((name) => candidates(file, name).find((one) => files.has(one)) ?? name),
    ]),
  );
}

/** The rooms of a floor as listed in a document, lowest first. */
export function listedRooms(document: string, floor: string): string[] {
  const block = fencedBlocks(document, 'text').find((lines) => lines[0] === `${floor}, lowest first`);
  if (!block) throw new Error(`no block of text begins with the line "${floor}, lowest first"`);
  return block.slice(1).flatMap((line) => line.match(/^\S+/) ?? []);
}

type Arrow = readonly [from: string, to: string];

/** The rooms and arrows in a document's picture of a floor, a mermaid diagram with the floor's name as its title. */
export function picturedRooms(document: string, floor: string): { rooms: Set<string>; arrows: Arrow[] } {
  const block = fencedBlocks(document, 'mermaid').find((lines) => lines.includes(`title: ${floor}`));
  if (!block) throw new Error(`no mermaid diagram has the line "title: ${floor}"`);
  const arrows: Arrow[] = [];
  for (const line of block) {
    const groups = line.split('-->').map((side) => side.split('&').map((room) => room.trim()));
    for (const [i, group] of groups.slice(1).entries())
      for (const from of groups[i]!) for (const to of group) arrows.push([from, to]);
  }
  return { rooms: new Set(arrows.flat()), arrows };
}

const fencedBlocks = (document: string, language: string): string[][] =>
  Array.from(document.matchAll(/^```(\w+)\n(.*?)\n```$/gms))
    .filter(([, given]) => given === language)
    .map(([, , body]) => body!.split('\n'));

/** The room of a file: its folder, or the file itself. */
const roomOf = (file: string): string => file.split('/')[0]!.replace(/\.\w+$/, '');

/** Violations of the order of the rooms, as sentences. */
export function faultsIn(rooms: readonly string[], files: Files): string[] {
  return [...listFaults(rooms, files), ...arrowFaults(rooms, files), ...circleFaults(files)];
}

/** What the files of a room can import from other rooms: whole rooms and single files, by path without `.ts`. */
interface Allowance {
  /** The folder of the files with this allowance. */
  readonly isFor: (file: string) => boolean;
  readonly allowed: readonly string[];
}

/** Imports of a room's files from elsewhere that the first allowance for the file does not list, as sentences. */
export function foreignImports(room: string, allowances: readonly Allowance[], files: Files): string[] {
  return [...files].flatMap(([file, names]) => {
    const { allowed } = allowances.find(({ isFor }) => isFor(file))!;
    return names
      .filter((name) => roomOf(file) === room && roomOf(name) !== room)
      .filter((name) => ![roomOf(name), name.replace(/\.ts$/, '')].some((one) => allowed.includes(one)))
      .map((name) => `${file} → ${name}: people can't import it`);
  });
}

function listFaults(rooms: readonly string[], files: Files): string[] {
  const found = new Map(Array.from(files.keys(), (file) => [roomOf(file), file]));
  return [
    ...[...found]
      .filter(([room]) => !rooms.includes(room))
      .map(([room, file]) => `${file}: no room "${room}" is listed`),
    ...rooms.filter((room) => !found.has(room)).map((room) => `the room "${room}" is listed, but has no files`),
    ...rooms.filter((room, i) => rooms.indexOf(room) < i).map((room) => `the room "${room}" is listed twice`),
  ];
}

function arrowFaults(rooms: readonly string[], files: Files): string[] {
  const faults: string[] = [];
  for (const [file, names] of files)
    for (const name of names) {
      const [from, to] = [roomOf(file), roomOf(name)];
      if (!files.has(name)) faults.push(`${file} → ${name}: there is no such file on this floor`);
      else if (rooms.includes(from) && rooms.indexOf(to) > rooms.indexOf(from))
        faults.push(`${file} → ${name}: "${to}" is above "${from}" in the list, and arrows go down only`);
    }
  return faults;
}

/**
 * Cycles of files or, without these, cycles among the entries of a folder, such as folders that import each other.
 */
function circleFaults(files: Files): string[] {
  const faults = circlesIn(files).map((circle) => `a circle of files: ${circle.join(' → ')}`);
  if (faults.length > 0) return faults;
  const folders = new Set(['', ...Array.from(files.keys()).flatMap((file) => foldersAbove(file))]);
  return [...folders].flatMap((folder) =>
    circlesIn(entriesOf(folder, files)).map((circle) => `a circle of folders: ${circle.join(' → ')}`),
  );
}

const foldersAbove = (file: string): string[] =>
  file
    .split('/')
    .slice(0, -1)
    .map((_, i, names) => `${names.slice(0, i + 1).join('/')}/`);

/** The entries of a folder, and the other entries that each imports. */
function entriesOf(folder: string, files: Files): Files {
  const entryOf = (file: string) => folder + file.slice(folder.length).split('/')[0]!;
  const entries = new Map<string, string[]>();
  for (const [file, names] of files) {
    if (!file.startsWith(folder)) continue;
    const entry = entryOf(file);
    const others = names.filter((name) => name.startsWith(folder) && files.has(name)).map(entryOf);
    entries.set(entry, [...(entries.get(entry) ?? []), ...others.filter((other) => other !== entry)]);
  }
  return entries;
}

/** Cycles without a common file, each from a file back to itself, shortest first. */
function circlesIn(files: Files): string[][] {
  const left = new Map(files);
  const circles: string[][] = [];
  for (;;) {
    const found = Array.from(left.keys(), (file) => circleFrom(file, left)).filter((circle) => circle !== undefined);
    const [shortest] = found.sort((a, b) => a.length - b.length);
    if (!shortest) return circles;
    circles.push(shortest);
    for (const file of shortest) left.delete(file);
  }
}

/** The shortest path from a file back to itself, by breadth-first search. */
function circleFrom(start: string, files: Files): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways)
    for (const name of files.get(way.at(-1)!) ?? []) {
      if (name === start) return [...way, name];
      if (!seen.has(name)) ways.push([...way, name]);
      seen.add(name);
    }
  return undefined;
}

/** The arrows that a picture needs: all imports down the list, except those implied by other arrows. */
function neededArrows(rooms: readonly string[], files: Files): Arrow[] {
  const below = new Map<string, Set<string>>();
  for (const [file, names] of files) {
    const room = roomOf(file);
    const others = names.map(roomOf).filter((other) => rooms.indexOf(other) < rooms.indexOf(room));
    below.set(room, new Set([...(below.get(room) ?? []), ...others]));
  }
  const reaches = (from: string, to: string): boolean =>
    [...(below.get(from) ?? [])].some((room) => room === to || reaches(room, to));
  return [...below].flatMap(([from, rooms]) =>
    [...rooms]
      .filter((to) => ![...rooms].some((other) => other !== to && reaches(other, to)))
      .map((to): Arrow => [from, to]),
  );
}

/** Missing and superfluous rooms and arrows of a picture, as sentences. */
export function pictureFaults(
  rooms: readonly string[],
  picture: ReturnType<typeof picturedRooms>,
  files: Files,
): string[] {
  const shown = new Set(picture.arrows.map((arrow) => arrow.join(' --> ')));
  const needed = new Set(neededArrows(rooms, files).map((arrow) => arrow.join(' --> ')));
  return [
    ...rooms.filter((room) => !picture.rooms.has(room)).map((room) => `the picture lacks the room "${room}"`),
    ...[...picture.rooms].filter((room) => !rooms.includes(room)).map((room) => `the picture has a room "${room}"`),
    ...[...needed].filter((arrow) => !shown.has(arrow)).map((arrow) => `the picture lacks the arrow ${arrow}`),
    ...[...shown]
      .filter((arrow) => !needed.has(arrow))
      .map((arrow) => `the picture has the arrow ${arrow}, which stands for no import, or follows from others`),
  ];
}
