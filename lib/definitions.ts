// Defines what a file or an option may name: layers, losses, metrics, rules and schedules. A module that needs a name to
// stand for its definition leaves this import to what people load: an entry point, a command or a worker.
import './layers/index.js';
import './losses/index.js';
import './metrics/index.js';
import './optimizers/index.js';
import './schedules/index.js';
