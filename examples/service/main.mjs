// Serves a model that keeps learning, from requests and in a background run: node examples/service/main.mjs --help
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Learner } from './learner.mjs';
import { serverOf } from './server.mjs';

const help = `Serves a 784-128-10 network that learns from each request while a background run trains it on an archive.

Usage: node examples/service/main.mjs [options]

  --port N       where to listen, 0 for any (default 8080)
  --folder PATH  state: checkpoints, journal (default service-state), of one server at a time; one that is started again
                 goes on from there
  --epochs N     of the background run, which a new folder begins and any other only finishes (default 10000); 0 for none
                 and to give up an unfinished one
  --seconds N    from one checkpoint to the next (default 10)
  --queue N      how many examples may wait, in a new folder (default 256); beyond, requests are answered with 503
  --help         this text

  POST /learn    { "features": [784 numbers from 0 to 255], "target": 0 to 9 } → { steps, loss }
  POST /predict  { "features": […] } → { class, probabilities }
  GET /status    → { steps, learningRate, learned, waiting, epoch, epochs, checkpoint }`;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8080' },
        folder: { type: 'string', default: 'service-state' },
        epochs: { type: 'string', default: '10000' },
        seconds: { type: 'string', default: '10' },
        queue: { type: 'string', default: '256' },
        help: { type: 'boolean', default: false },
      },
    });
    const whole = (/** @type {'port' | 'epochs' | 'queue'} */ name, /** @type {number} */ from) => {
      const value = /^\d{1,7}$/.test(values[name]) ? Number(values[name]) : Number.NaN;
      if (!(value >= from)) throw new Error(`--${name} takes a whole number from ${from}, not "${values[name]}"`);
      return value;
    };
    const { folder, help } = values;
    const seconds = Number(values.seconds);
    if (!(seconds > 0 && seconds <= 86_400))
      throw new Error(`--seconds takes a number above 0, not "${values.seconds}"`);
    return { port: whole('port', 0), epochs: whole('epochs', 0), queue: whole('queue', 1), seconds, folder, help };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

const { port, folder, help: isHelpWanted, ...options } = readOptions();
if (isHelpWanted) {
  console.log(help);
  process.exit();
}

/** @type {Learner | undefined} */
let opened;
const server = serverOf(() => opened).listen(port);
await once(server, 'listening'); // before the folder is opened: a server that uses the port may also use the folder
const learner = await Learner.open(folder, options);
opened = learner;
const { steps, fromJournal } = learner.begun;
console.log(`at step ${steps}, with ${fromJournal} from the journal`);
console.log(`http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`);

let isEnding = false;
async function end() {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => server.closeAllConnections(), 5_000).unref(); // of clients that don't finish their requests
  await new Promise((resolve) => server.close(resolve)); // when all requests are answered
  await learner.close();
  console.log(`saved at step ${learner.status().steps}`);
}
process.on('SIGTERM', end).on('SIGINT', end);
