import { Random } from '../../lib/numbers/random';

/** A table whose scores can be trusted, or that is spoiled in a known way. */
export interface JudgedTable {
  readonly name: string;
  /** What spoils it; undefined for a table without a fault. */
  readonly fault?: 'repeated values' | 'order' | 'leak' | 'equal rows';
  /** The column that should be named, if one is to blame. */
  readonly column?: string;
  readonly target: string;
  readonly rows: readonly Readonly<Record<string, string | number | boolean | Date | null>>[];
}

type Row = Record<string, string | number | boolean | Date | null>;

const day = 86_400_000;
const words =
  'river stone light market paper window garden copper engine letter winter harbour signal bridge cotton silver forest motor candle basket'.split(
    ' ',
  );
const cities = ['Bern', 'Basel', 'Genf', 'Chur', 'Biel', 'Thun', 'Uster', 'Zug', 'Olten', 'Aarau', 'Baden', 'Wil'];

class Draw extends Random {
  pick<T>(list: readonly T[]): T {
    return list[this.index(list.length)]!;
  }
  /** Few values are frequent, many are rare. */
  skewed<T>(list: readonly T[]): T {
    return list[Math.floor(list.length * this.uniform() ** 2)]!;
  }
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
  whole(low: number, high: number): number {
    return low + this.index(high - low + 1);
  }
  heavy(): number {
    return Math.exp(1.5 * this.normal());
  }
  isLikely(logit: number): boolean {
    return this.uniform() < 1 / (1 + Math.exp(-logit));
  }
  text(count: number, of: readonly string[] = words): string {
    return Array.from({ length: count }, () => this.skewed(of)).join(' ');
  }
}

const make = (count: number, seed: number, rowOf: (draw: Draw, row: number) => Row): Row[] => {
  const draw = new Draw(seed);
  return Array.from({ length: count }, (_, row) => rowOf(draw, row));
};

type Maker = (seed: number) => Omit<JudgedTable, 'name' | 'fault'>;

/** Independent rows of many kinds. */
const clean: Record<string, Maker> = {
  'linear in numbers': (seed) => ({
    target: 'y',
    rows: make(600, seed, (d) => {
      const [a, b, c] = [d.normal(), d.normal(), d.normal()];
      return { a, b, c, y: 2 * a - b + 0.5 * d.normal() };
    }),
  }),
  'smooth with little noise': (seed) => ({
    target: 'strength',
    rows: make(900, seed, (d) => {
      const [cement, water, age] = [d.between(100, 500), d.between(120, 240), d.pick([3, 7, 14, 28, 56, 90])];
      return { cement, water, age, strength: 0.1 * cement - 0.2 * water + 9 * Math.log(age) + d.normal() };
    }),
  }),
  'houses with places': (seed) => ({
    target: 'price',
    rows: make(1500, seed, (d) => {
      const [latitude, longitude] = [d.between(46, 47), d.between(7, 9)];
      const city = cities[Math.floor((longitude - 7) * 5.9)]!;
      const rooms = d.whole(1, 8);
      const price = 200 + 80 * rooms + 150 * Math.sin(3 * latitude) * Math.cos(2 * longitude) + 40 * d.normal();
      return { latitude, longitude, city, rooms, price };
    }),
  }),
  'customers with cities': (seed) => ({
    target: 'bought',
    rows: make(1200, seed, (d) => {
      const [age, income, city] = [d.whole(18, 80), 1000 * d.heavy(), d.skewed(cities)];
      const bought = d.isLikely(0.05 * (age - 50) + 0.7 * Math.log(income / 1000) + (city < 'C' ? 1 : -1));
      return { age, income, city, bought };
    }),
  }),
  'passengers, all discrete': (seed) => ({
    target: 'survived',
    rows: make(900, seed, (d) => {
      const [level, sex, child] = [d.whole(1, 3), d.pick(['female', 'male']), d.uniform() < 0.1];
      const survived = d.isLikely((sex === 'female' ? 1.5 : -1.5) - 0.7 * (level - 2) + (child ? 1 : 0));
      return { level, sex, child, port: d.skewed(['S', 'C', 'Q']), siblings: d.skewed([0, 1, 2, 3]), survived };
    }),
  }),
  'flowers of three species': (seed) => ({
    target: 'species',
    rows: make(150, seed, (d, row) => {
      const place = row % 3;
      const size = (mean: number) => Math.round(10 * (mean + 0.35 * d.normal())) / 10;
      return {
        length: size([5, 5.9, 6.6][place]!),
        width: size([3.4, 2.8, 3][place]!),
        petal: size([1.5, 4.3, 5.5][place]!),
        species: ['setosa', 'versicolor', 'virginica'][place]!,
      };
    }),
  }),
  'visits with dates, nothing changes': (seed) => ({
    target: 'minutes',
    rows: make(1000, seed, (d, row) => {
      const when = new Date(19_000 * day + row * 0.4 * day);
      const [items, isNew] = [d.whole(1, 30), d.uniform() < 0.3];
      return { when, items, isNew, minutes: 5 + 0.8 * items + (isNew ? 6 : 0) + 2 * d.normal() };
    }),
  }),
  'sales by weekday and season': (seed) => ({
    target: 'sales',
    rows: make(1100, seed, (d, row) => {
      const date = new Date(18_000 * day + row * day);
      const season = Math.sin((2 * Math.PI * date.getUTCMonth()) / 12);
      const weekend = date.getUTCDay() % 6 === 0 ? 25 : 0;
      return { date, promotion: d.uniform() < 0.2, sales: 100 + 20 * season + weekend + 8 * d.normal() };
    }),
  }),
  'reviews, two moods': (seed) => ({
    target: 'mood',
    rows: make(800, seed, (d) => {
      const isGood = d.uniform() < 0.5;
      const own = isGood ? ['lovely', 'quick', 'fresh', 'kind'] : ['broken', 'late', 'cold', 'rude'];
      const review = `${d.text(6)} ${d.uniform() < 0.8 ? d.pick(own) : d.pick(words)} ${d.text(4)}`;
      return { review, stars: d.whole(1, 5), mood: isGood ? 'good' : 'bad' };
    }),
  }),
  'orders with a number of their own': (seed) => ({
    target: 'late',
    rows: make(1000, seed, (d, row) => {
      const [weight, distance, carrier] = [d.heavy(), d.between(1, 900), d.pick(['A', 'B', 'C', 'D'])];
      const late = d.isLikely(0.004 * (distance - 450) + (carrier === 'D' ? 1.5 : -0.5));
      return { id: row + 1, weight, distance, carrier, late };
    }),
  }),
  'many categories with effects': (seed) => {
    const effects = new Draw(seed + 99).normals(50);
    return {
      target: 'wage',
      rows: make(2000, seed, (d) => {
        const [state, years] = [d.index(50), d.whole(0, 40)];
        return {
          state: `S${state}`,
          years,
          degree: d.pick(['none', 'first', 'second']),
          wage: 20 + 0.3 * years + 3 * effects[state]! + 4 * d.normal(),
        };
      }),
    };
  },
  'a rare class': (seed) => ({
    target: 'fraud',
    rows: make(1500, seed, (d) => {
      const [amount, hour, country] = [20 * d.heavy(), d.whole(0, 23), d.skewed(cities)];
      return { amount, hour, country, fraud: d.isLikely(-4.2 + 0.02 * amount + (hour < 5 ? 1 : 0)) };
    }),
  }),
  'heavy tails and holes': (seed) => ({
    target: 'claim',
    rows: make(900, seed, (d) => {
      const [age, power, past] = [
        d.whole(18, 90),
        d.uniform() < 0.15 ? null : 50 * d.heavy(),
        d.skewed([0, 0, 1, 2, 5]),
      ];
      return { age, power, past, claim: 100 * d.heavy() * (1 + past) };
    }),
  }),
  'noise only': (seed) => ({
    target: 'y',
    rows: make(700, seed, (d) => ({ a: d.normal(), b: d.pick(cities), c: d.whole(1, 20), y: d.normal() })),
  }),
  'classes of equal noise': (seed) => ({
    target: 'kind',
    rows: make(700, seed, (d) => ({
      a: d.normal(),
      b: d.whole(1, 12),
      c: d.pick(words),
      kind: d.pick(['x', 'y', 'z']),
    })),
  }),
  'a strong column': (seed) => ({
    target: 'price',
    rows: make(1200, seed, (d) => {
      const carat = 0.3 + d.heavy() / 5;
      return {
        carat,
        cut: d.pick(['fair', 'good', 'ideal']),
        depth: 60 + d.normal(),
        price: 4000 * carat ** 1.5 * Math.exp(0.2 * d.normal()),
      };
    }),
  }),
  interactions: (seed) => ({
    target: 'y',
    rows: make(1500, seed, (d) => {
      const x = Array.from({ length: 10 }, () => d.uniform());
      const y = 10 * Math.sin(Math.PI * x[0]! * x[1]!) + 20 * (x[2]! - 0.5) ** 2 + 10 * x[3]! + 5 * x[4]! + d.normal();
      return { ...Object.fromEntries(x.map((value, i) => [`x${i}`, value])), y };
    }),
  }),
  'a year that says little': (seed) => ({
    target: 'consumption',
    rows: make(700, seed, (d) => {
      const [year, cylinders, weight] = [d.whole(70, 82), d.pick([4, 6, 8]), d.between(700, 2000)];
      return {
        year,
        cylinders,
        weight,
        consumption: 4 + 0.004 * weight + 0.5 * cylinders - 0.05 * (year - 76) + 0.8 * d.normal(),
      };
    }),
  }),
  'answers on a scale': (seed) => ({
    target: 'grade',
    rows: make(800, seed, (d) => {
      const answers = Array.from({ length: 6 }, () => d.whole(1, 5));
      const sum = answers.reduce((all, x) => all + x, 0);
      return {
        ...Object.fromEntries(answers.map((x, i) => [`q${i + 1}`, x])),
        grade: sum + 4 * d.normal() > 18 ? 'high' : 'low',
      };
    }),
  }),
  'readings in a row, independent': (seed) => ({
    target: 'output',
    rows: make(1000, seed, (d, row) => {
      const [heat, flow, shift] = [d.between(20, 80), d.between(1, 5), d.pick(['early', 'late', 'night'])];
      return { sample: row, heat, flow, shift, output: heat * flow + (shift === 'night' ? -10 : 0) + 10 * d.normal() };
    }),
  }),
};

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

const shuffled = (rows: readonly Row[], seed: number): Row[] => {
  const order = new Draw(seed).permutation(rows.length);
  return Array.from(order, (row) => rows[row]!);
};

const repeated: Record<string, Maker & { column?: string }> = {
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

const ordered: Record<string, Maker> = {
  // A linear model of the date would continue a straight line.
  'a trend that bends': (seed) => ({
    target: 'price',
    column: 'date',
    rows: make(1000, seed, (d, row) => ({
      date: new Date(18_500 * day + row * day),
      area: d.between(30, 200),
      price: 20 * Math.sqrt(row) + d.between(0, 20),
    })),
  }),
  'a rule that changes': (seed) => ({
    target: 'clicked',
    column: 'time',
    rows: make(1200, seed, (d, row) => {
      const [a, b] = [d.normal(), d.normal()];
      const turn = (2 * Math.PI * row) / 1800;
      return {
        time: new Date(19_000 * day + row * 3_600_000),
        a,
        b,
        clicked: d.isLikely(5 * (a * Math.cos(turn) + b * Math.sin(turn))),
      };
    }),
  }),
  'a walk': (seed) => {
    let level = 0;
    return {
      target: 'load',
      column: 'hour',
      rows: make(1000, seed, (d, row) => {
        level += d.normal();
        return { hour: new Date(19_500 * day + row * 3_600_000), wind: d.normal(), load: level + 0.3 * d.normal() };
      }),
    };
  },
  'a walk in step numbers': (seed) => {
    let level = 0;
    return {
      target: 'wear',
      column: 'step',
      rows: make(900, seed, (d, row) => {
        level += Math.abs(d.normal());
        return { step: row * 2, speed: d.between(1, 5), wear: level / 10 + d.normal() };
      }),
    };
  },
  'regimes by year': (seed) => ({
    target: 'demand',
    column: 'year',
    rows: make(1000, seed, (d, row) => {
      const year = 2000 + Math.floor(row / 50);
      const price = d.between(1, 10);
      return { year, price, demand: 50 - (0.2 * (year - 2000) - 2) * price + 3 * (year - 2000) + d.normal() };
    }),
  }),
  'sensors that drift': (seed) => ({
    target: 'gas',
    column: 'taken',
    rows: make(1200, seed, (d, row) => {
      const gas = d.pick(['methane', 'ammonia']);
      const drift = row / 200;
      return {
        taken: new Date(19_000 * day + row * 60_000),
        s1: (gas === 'methane' ? 1 : -1) + drift + 0.5 * d.normal(),
        s2: d.normal(),
        gas,
      };
    }),
  }),
  campaigns: (seed) => ({
    target: 'left',
    column: 'joined',
    rows: make(1500, seed, (d, row) => ({
      joined: new Date(19_000 * day + row * day),
      calls: d.whole(0, 9),
      age: d.whole(18, 80),
      left: d.isLikely(Math.floor(row / 150) % 2 === 0 ? -2.5 : 2.5),
    })),
  }),
  'prices day by day': (seed) => {
    let price = 100;
    return {
      target: 'close',
      column: 'day',
      rows: make(1000, seed, (d, row) => {
        price *= Math.exp(0.02 * d.normal());
        return { day: new Date(17_000 * day + row * day), volume: d.heavy(), close: price };
      }),
    };
  },
  'a fashion in words': (seed) => ({
    target: 'popular',
    column: 'posted',
    rows: make(1200, seed, (d, row) => {
      const fashion = `topic${Math.floor(row / 100)}`;
      const has = d.uniform() < 0.6;
      return {
        posted: new Date(19_000 * day + row * 3_600_000),
        post: `${d.text(5)} ${has ? fashion : d.pick(words)} ${d.text(3)}`,
        popular: (has && Math.floor(row / 100) % 2 === 0) || d.uniform() < 0.05,
      };
    }),
  }),
  'a slow machine': (seed) => ({
    target: 'yield',
    column: 'batch',
    rows: make(1000, seed, (d, row) => ({
      batch: row + 1,
      heat: d.between(20, 90),
      flow: d.between(1, 4),
      yield: 80 - row / 40 + 3 * Math.sin(row / 60) + d.normal(),
    })),
  }),
};

const leaking: Record<string, Maker> = {
  'the target in other units': (seed) => ({
    target: 'price',
    column: 'cents',
    rows: make(800, seed, (d) => {
      const [rooms, area] = [d.whole(1, 6), d.between(20, 200)];
      const price = 1000 * rooms + 30 * area + 800 * d.normal();
      return { rooms, area, cents: Math.round(price * 100), price };
    }),
  }),
  'a code of the class': (seed) => ({
    target: 'churned',
    column: 'status',
    rows: make(900, seed, (d) => {
      const [months, calls] = [d.whole(1, 60), d.whole(0, 9)];
      const churned = d.isLikely(0.4 * calls - 0.05 * months);
      return { months, calls, status: churned ? d.pick(['closed', 'cancelled']) : 'active', churned };
    }),
  }),
  'known only afterwards': (seed) => ({
    target: 'defaulted',
    column: 'recovered',
    rows: make(1200, seed, (d) => {
      const [income, debt] = [d.heavy(), d.heavy()];
      const defaulted = d.isLikely(-1 + debt - income);
      return { income, debt, recovered: defaulted ? d.between(0, 500) : null, defaulted };
    }),
  }),
  'the target with a little noise': (seed) => ({
    target: 'score',
    column: 'estimate',
    rows: make(800, seed, (d) => {
      const [hours, sleep] = [d.between(0, 10), d.between(4, 9)];
      const score = 40 + 4 * hours + 2 * sleep + 8 * d.normal();
      return { hours, sleep, estimate: score + 0.2 * d.normal(), score };
    }),
  }),
  'its square root': (seed) => ({
    target: 'area',
    column: 'side',
    rows: make(700, seed, (d) => {
      const area = 50 * d.heavy();
      return {
        rooms: d.whole(1, 3) + Math.min(5, Math.round(Math.log(1 + area / 20))),
        side: Math.sqrt(area),
        floor: d.whole(0, 9),
        area,
      };
    }),
  }),
  'a rank': (seed) => {
    const rows = make(800, seed, (d) => ({
      training: d.between(0, 20),
      age: d.whole(18, 60),
      time: 200 - 3 * d.between(0, 20) + 10 * d.normal(),
    }));
    const order = rows.map(({ time }) => time as number).sort((a, b) => a - b);
    return {
      target: 'time',
      column: 'rank',
      rows: rows.map((row) => ({ ...row, rank: order.indexOf(row.time as number) + 1 })),
    };
  },
  'almost always the class': (seed) => ({
    target: 'spam',
    column: 'folder',
    rows: make(1000, seed, (d) => {
      const [links, length] = [d.whole(0, 9), d.heavy()];
      const spam = d.isLikely(0.5 * links - 3);
      return { links, length, folder: (d.uniform() < 0.995 ? spam : !spam) ? 'junk' : 'inbox', spam };
    }),
  }),
  'a rare class and its date': (seed) => ({
    target: 'died',
    column: 'deathDay',
    rows: make(1500, seed, (d) => {
      const [age, smoker] = [d.whole(20, 95), d.uniform() < 0.3];
      const died = d.isLikely(-5 + 0.04 * age + (smoker ? 1 : 0));
      return { age, smoker, deathDay: died ? new Date(19_000 * day + d.whole(0, 900) * day) : null, died };
    }),
  }),
  'five classes by number': (seed) => ({
    target: 'grade',
    column: 'points',
    rows: make(900, seed, (d) => {
      const [hours, lessons] = [d.between(0, 10), d.whole(0, 30)];
      const points = Math.max(0, Math.min(99, 20 + 4 * hours + lessons + 10 * d.normal()));
      return { hours, lessons, points, grade: 'FDCBA'[Math.floor(points / 20)]! };
    }),
  }),
  'the negative of it': (seed) => ({
    target: 'profit',
    column: 'loss',
    rows: make(800, seed, (d) => {
      const [staff, shops] = [d.whole(1, 50), d.whole(1, 9)];
      const profit = shops * 10 - staff + 15 * d.normal();
      return { staff, shops, loss: -profit, profit };
    }),
  }),
};

const twins = (
  rows: readonly Row[],
  seed: number,
  share: number,
  change: (row: Row, d: Draw) => Row = (row) => ({ ...row }),
): Row[] => {
  const d = new Draw(seed);
  return shuffled([...rows, ...rows.filter(() => d.uniform() < share).map((row) => change(row, d))], seed);
};

const jittered = (row: Row, d: Draw): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? value * (1 + 1e-4 * d.normal()) : value,
    ]),
  );

const noisyClasses = (seed: number, count = 500): Row[] =>
  make(count, seed, (d) => ({ a: d.normal(), b: d.normal(), c: d.normal(), e: d.normal(), kind: d.pick(['x', 'y']) }));

const doubled: Record<string, Maker> = {
  'half of the rows twice': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 0.5) }),
  'all rows twice': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 1) }),
  'three copies of everything': (seed) => ({
    target: 'kind',
    rows: twins(twins(noisyClasses(seed, 300), seed, 1), seed + 1, 0.5),
  }),
  'copies that differ a little': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 0.6, jittered) }),
  'numbers twice': (seed) => {
    const { rows, target } = clean['heavy tails and holes']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.4) };
  },
  'customers twice': (seed) => {
    const { rows, target } = clean['customers with cities']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.3) };
  },
  'texts twice': (seed) => {
    const { rows, target } = clean['reviews, two moods']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.4) };
  },
  'with new numbers': (seed) => {
    const rows = twins(noisyClasses(seed), seed, 0.5);
    return { target: 'kind', rows: rows.map((row, id) => ({ id, ...row })) };
  },
  'rare classes made frequent by copies': (seed) => {
    const { rows, target } = clean['a rare class']!(seed);
    const rare = rows.filter(({ fraud }) => fraud) as Row[];
    return { target, rows: shuffled([...(rows as Row[]), ...Array.from({ length: 10 }, () => rare).flat()], seed) };
  },
  'measurements repeated': (seed) => {
    const { rows, target } = clean.interactions!(seed);
    return { target, rows: twins(rows.slice(0, 700) as Row[], seed, 0.5, jittered) };
  },
};

const listed = (makers: Record<string, Maker>, seeds: readonly number[], fault?: JudgedTable['fault']): JudgedTable[] =>
  Object.entries(makers).flatMap(([name, maker]) =>
    seeds.map((seed) => ({ name: `${name} (${seed})`, ...(fault && { fault }), ...maker(seed) })),
  );

/** Forty tables of independent rows. */
export const cleanTables = (seeds: readonly number[] = [1, 2]): JudgedTable[] => listed(clean, seeds);

/** Forty spoiled tables: ten of each fault. */
export const spoiledTables = (seed = 1): JudgedTable[] => [
  ...listed(repeated, [seed], 'repeated values'),
  ...listed(ordered, [seed], 'order'),
  ...listed(leaking, [seed], 'leak'),
  ...listed(doubled, [seed], 'equal rows'),
];
