import { Draw, type Maker, type Row, shuffled } from './judged_table';

/** Subjects with several rows each: features and target belong to the subject. */
function subjects(
  seed: number,
  count: number,
  each: (d: Draw) => number,
  rowsOf: (d: Draw, subject: number) => () => Row,
): Row[] {
  const d = new Draw(seed);
  return Array.from({ length: count }, (_, subject) => {
    const rowOf = rowsOf(d, subject);
    return Array.from({ length: each(d) }, rowOf);
  }).flat();
}

/** Rows that belong together: values that repeat tell the target. */
export const repeated: Record<string, Maker & { column?: string }> = {
  patients: (seed) => ({
    target: 'ill',
    column: 'patient',
    rows: subjects(
      seed,
      100,
      () => 10,
      (d, patient) => {
        const [age, pressure, weight, ill] = [
          d.between(20, 80),
          d.between(100, 160),
          d.between(50, 100),
          d.uniform() < 0.5,
        ];
        return () => ({
          patient: `p${patient}`,
          age: age + 0.05 * d.uniform(),
          pressure: pressure + d.uniform(),
          weight: weight + d.uniform(),
          ill,
        });
      },
    ),
  }),
  'patients with numbers, shuffled': (seed) => ({
    target: 'dose',
    column: 'patient',
    rows: shuffled(
      subjects(
        seed,
        120,
        (d) => d.whole(3, 12),
        (d, patient) => {
          const [height, iron, dose] = [d.between(150, 200), d.between(5, 20), d.normal()];
          return () => ({
            patient: 1000 + patient,
            height,
            iron: iron + 0.1 * d.normal(),
            room: d.whole(1, 9),
            dose: dose + 0.1 * d.normal(),
          });
        },
      ),
      seed,
    ),
  }),
  'machines and their sounds': (seed) => ({
    target: 'faulty',
    column: 'machine',
    rows: subjects(
      seed,
      40,
      () => 25,
      (d, machine) => {
        const tones = Array.from({ length: 8 }, () => d.normal());
        const faulty = d.uniform() < 0.4;
        return () => ({
          machine: `M-${machine}`,
          ...Object.fromEntries(tones.map((tone, i) => [`band${i}`, tone + 0.2 * d.normal()])),
          faulty,
        });
      },
    ),
  }),
  'documents by sentence': (seed) => ({
    target: 'genre',
    column: 'document',
    rows: subjects(
      seed,
      60,
      () => 20,
      (d, document) => {
        const own = Array.from({ length: 12 }, () => `w${d.index(3000)}`);
        const genre = d.pick(['news', 'fiction', 'law']);
        return () => ({ document: `d${document}.txt`, sentence: `${d.text(6)} ${d.text(4, own)} ${d.text(3)}`, genre });
      },
    ),
  }),
  'an account that is read': (seed) => ({
    target: 'spent',
    column: 'account',
    rows: subjects(
      seed,
      80,
      () => 12,
      (d, account) => {
        const habit = 3 * d.normal();
        return () => ({
          account: `A${account}`,
          weekday: d.whole(0, 6),
          items: d.whole(1, 9),
          spent: habit + d.normal(),
        });
      },
    ),
  }),
  'frames of films': (seed) => ({
    target: 'scene',
    column: 'film',
    rows: subjects(
      seed,
      50,
      () => 20,
      (d, film) => {
        const [red, green, blue] = [d.between(0, 200), d.between(0, 200), d.between(0, 200)];
        const scene = d.pick(['indoors', 'street', 'nature']);
        return () => ({
          film: `film ${film}`,
          red: red + d.between(0, 8),
          green: green + d.between(0, 8),
          blue: blue + d.between(0, 8),
          scene,
        });
      },
    ),
  }),
  'households, rows apart': (seed) => ({
    target: 'votes',
    column: 'household',
    rows: shuffled(
      subjects(
        seed,
        300,
        (d) => d.whole(2, 5),
        (d, household) => {
          const [rent, income, votes] = [d.between(500, 3000), d.between(2000, 9000), d.pick(['left', 'right'])];
          return () => ({
            household: 50_000 + household,
            rent,
            income: income * d.between(0.999, 1.001),
            age: d.whole(18, 80),
            votes: d.uniform() < 0.9 ? votes : 'none',
          });
        },
      ),
      seed,
    ),
  }),
  'wells by depth': (seed) => ({
    target: 'oil',
    column: 'well',
    rows: subjects(
      seed,
      25,
      () => 40,
      (d, well) => {
        const [east, north, oil] = [d.between(0, 100), d.between(0, 100), d.normal()];
        return () => ({ well: `W${well}`, east, north, depth: d.between(500, 3000), oil: oil + 0.2 * d.normal() });
      },
    ),
  }),
  'plots and pictures': (seed) => ({
    target: 'crop',
    column: 'plot',
    rows: subjects(
      seed,
      90,
      () => 8,
      (d, plot) => {
        const index = Array.from({ length: 5 }, () => d.normal());
        const crop = d.pick(['wheat', 'maize', 'beet', 'rye']);
        return () => ({ plot, ...Object.fromEntries(index.map((x, i) => [`ndvi${i}`, x + 0.15 * d.normal()])), crop });
      },
    ),
  }),
  'players over seasons': (seed) => ({
    target: 'goals',
    column: 'player',
    rows: subjects(
      seed,
      150,
      (d) => d.whole(4, 10),
      (d, player) => {
        const [height, foot, skill] = [d.between(165, 200), d.pick(['l', 'r']), d.normal()];
        return () => ({
          player: `${d.text(0)}player ${player}`,
          height,
          foot,
          minutes: d.whole(200, 3000),
          goals: 5 + 4 * skill + d.normal(),
        });
      },
    ),
  }),
};
