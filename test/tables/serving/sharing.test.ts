import { clientOf } from '../../../lib/tables/serving/client';
import { FairQueue } from '../../../lib/tables/serving/fair_queue';
import { SharedLimit } from '../../../lib/tables/serving/shared_limit';
import { Turns } from '../../../lib/tables/serving/turns';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('the client of address %s is %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

describe('a fair queue', () => {
  /** The clients in the order in which they are served, if each item has its declared cost. */
  const served = (queue: FairQueue<number>) => {
    const order: string[] = [];
    for (let next = queue.shift(); next; next = queue.shift()) {
      order.push(next.client);
      queue.charge(next.client, next.item);
    }
    return order.join('');
  };

  test('serves clients in turn, by the cost of their items', () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 6; ++i) queue.push('a', 1);
    for (let i = 0; i < 3; ++i) queue.push('b', 2);
    expect(served(queue)).toBe('abaabaaba');
  });

  test('serves a new client before those that have received much, without credit for its absence', () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 100; ++i) queue.push('a', 10);
    for (let i = 0; i < 90; ++i) queue.charge(queue.shift()!.client, 10);
    queue.push('b', 10);
    queue.push('b', 10);
    expect(queue.shift()!.client).toBe('b');
    queue.charge('b', 10);
    expect(served(queue).slice(0, 4)).toMatch(/^(ab|ba)aa$/);
  });

  test('serves a client with small requests at once, up to its credit', () => {
    const queue = new FairQueue<number>(20);
    for (let i = 0; i < 100; ++i) queue.push('a', 1);
    for (let i = 0; i < 50; ++i) queue.charge(queue.shift()!.client, 1);
    for (let i = 0; i < 5; ++i) {
      queue.push('b', 3); // would wait for three of a after each, without credit
      expect(queue.shift()!.client).toBe('b');
      queue.charge('b', 3);
      queue.charge(queue.shift()!.client, 1);
    }
    for (let i = 0; i < 10; ++i) queue.push('b', 3);
    expect(served(queue)).toMatch(/^[ab]{0,4}(baaa|abaa|aaba|aaab){3}/);
  });

  test('charges a client nothing for the time when it was alone', () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 1000; ++i) queue.charge('a', 1); // at once: nothing was queued
    for (let i = 0; i < 3; ++i) queue.push('b', 1);
    queue.push('a', 1);
    expect(served(queue)).toMatch(/^(ab|ba)bb$/);
  });

  test('keeps no state of clients without queued items', () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 1000; ++i) queue.charge(`at once ${i}`, 1);
    for (let i = 0; i < 1000; ++i) queue.push(`in turn ${i}`, 1);
    served(queue);
    expect([queue.size, queue.clients]).toEqual([0, 0]);
  });

  test('keeps the order of a client by rank, and removes items that nobody waits for', () => {
    const queue = new FairQueue<string>();
    queue.push('a', 'later', 2);
    queue.push('a', 'old', 1);
    queue.push('a', 'new');
    queue.push('a', 'newer');
    expect([queue.delete('a', 'old'), queue.delete('a', 'old'), queue.delete('b', 'new'), queue.size]).toEqual([
      true,
      false,
      false,
      3,
    ]);
    expect([queue.shift()!.item, queue.shift()!.item, queue.shift()!.item, queue.shift()]).toEqual([
      'new',
      'newer',
      'later',
      undefined,
    ]);
  });
});

describe('a shared limit', () => {
  /** The amount that each client gets if all take as much as they can, one unit at a time in turn. */
  const taken = (limit: SharedLimit, clients: string[]) => {
    const amounts = Object.fromEntries(clients.map((client) => [client, 0]));
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const client of clients)
        if (!limit.refusing(client, 1)) {
          limit.add(client, 1);
          amounts[client]! += 1;
          isGrowing = true;
        }
    }
    return amounts;
  };

  test('leaves as much free as each greedy client has', () => {
    expect(taken(new SharedLimit(600, 0.5), ['a'])).toEqual({ a: 300 });
    expect(taken(new SharedLimit(600, 0.5), ['a', 'b'])).toEqual({ a: 200, b: 200 });
    const limit = new SharedLimit(600, 0.5);
    expect(taken(limit, ['a', 'b', 'c', 'd', 'e'])).toEqual({ a: 100, b: 100, c: 100, d: 100, e: 100 });
    expect([limit.refusing('a', 1), limit.refusing('f', 50), limit.refusing('f', 101)]).toEqual([
      'client',
      undefined,
      'server',
    ]);
    limit.remove('a', 100);
    expect(limit.refusing('a', 100)).toBeUndefined();
    expect(limit.total).toBe(400);
  });

  test('goes to the first client if the share is 1, and always has room for one request', () => {
    expect(taken(new SharedLimit(600, 1), ['a'])).toEqual({ a: 600 });
    expect(taken(new SharedLimit(1, 0.5), ['a', 'b'])).toEqual({ a: 1, b: 0 });
  });
});

describe('turns', () => {
  const busy = (milliseconds: number) => {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  };

  test('finish long work in order, and let short work of the same client and of others pass', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const long = (client: string, name: string) => {
      let left = 20;
      return turns
        .repeat(client, () => {
          busy(1);
          return --left > 0 ? 'more' : 'done';
        })
        .then(() => done.push(name));
    };
    const all = [long('a', 'first'), long('a', 'second'), long('a', 'third')];
    const short = turns.run('a', () => busy(0.1)).then(() => done.push('short'));
    const other = turns.run('b', () => busy(0.1)).then(() => done.push('other'));
    await Promise.all([...all, short, other]);
    expect(done.slice(0, 2).sort()).toEqual(['other', 'short']);
    expect(done.slice(2)).toEqual(['first', 'second', 'third']);
  });

  test('let timers and sockets run in between', async () => {
    const turns = new Turns();
    let ticks = 0;
    let pieces = 0;
    const tick = setInterval(() => (ticks += 1), 0);
    await turns.repeat('a', () => {
      busy(2);
      return ++pieces < 20 ? 'more' : 'done';
    });
    clearInterval(tick);
    expect(ticks).toBeGreaterThan(5);
  });

  test('pass on the errors of the work', async () => {
    const turns = new Turns();
    const fail = () => {
      throw new Error('no');
    };
    await expect(turns.run('a', fail)).rejects.toThrow('no');
    await expect(turns.repeat('a', fail)).rejects.toThrow('no');
    await expect(turns.run('a', () => 3)).resolves.toBe(3);
  });
});
