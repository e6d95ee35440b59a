// The page's script: it trains the network, reads what you draw, and learns from your corrections.
import { adamw, Dataset, dense, network, ready, runtime, schedules, Trainer } from 'glissade';

const side = 28;
const pixels = side * side;
const epochs = 12;
const batchSize = 64;
const element = (id) => document.getElementById(id);
const status = (text) => {
  element('status').value = text;
};

/** The digits that the page carries: images of bytes, and labels. */
async function digits() {
  const bytes = Uint8Array.from(atob(element('digits').textContent), (character) => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const records = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const length = 1 + pixels / 2;
  const count = records.length / length;
  const images = new Uint8Array(count * pixels);
  for (let i = 0; i < count; ++i)
    for (let k = 0; k < pixels / 2; ++k) {
      const two = records[i * length + 1 + k];
      images[i * pixels + 2 * k] = 17 * (two >> 4);
      images[i * pixels + 2 * k + 1] = 17 * (two & 15);
    }
  return { images, labels: Float32Array.from({ length: count }, (_, i) => records[i * length]) };
}

const newModel = () => network({ inputs: pixels, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 1 });

let model;
let trainer;

async function train(learning, held) {
  element('again').disabled = true;
  model = newModel();
  trainer = undefined;
  const points = [];
  const steps = epochs * Math.ceil(learning.rows / batchSize);
  const begin = performance.now();
  const run = model.fit(learning, {
    loss: 'crossEntropy',
    optimizer: adamw({ learningRate: schedules.cosine({ from: 0.005, steps }), weightDecay: 0.1 }),
    batchSize,
    epochs,
    validation: held,
    metrics: ['accuracy'],
    seed: 1,
  });
  for await (const { epoch, validation } of run) {
    points.push(`${(100 * epoch) / epochs},${50 - 50 * (validation.accuracy - 0.8) * 5}`);
    element('curve').firstElementChild.setAttribute('points', points.join(' '));
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    status(
      `epoch ${epoch} of ${epochs}: ${(100 * validation.accuracy).toFixed(1)} % of ${held.rows} held-out digits, ${seconds} s`,
    );
    read();
  }
  trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: adamw({ learningRate: 0.001 }) });
  document.body.dataset.accuracy = model.evaluate(held, { loss: 'crossEntropy', metrics: ['accuracy'] }).accuracy;
  element('again').disabled = false;
}

// --- drawing --------------------------------------------------------------------------------------------------------

const drawing = element('drawing');
const pen = drawing.getContext('2d', { willReadFrequently: true });
Object.assign(pen, { lineWidth: 24, lineCap: 'round', lineJoin: 'round', strokeStyle: '#000' });
let isEmpty = true;

/**
 * What is drawn, as the digits of the training are: white on black, in a box of 20 × 20 pixels around whose centre of
 * mass the image lies.
 */
function drawn() {
  const { width, height } = drawing;
  const ink = pen.getImageData(0, 0, width, height).data;
  const box = { left: width, top: height, right: 0, bottom: 0 };
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < width * height; ++i) {
    const shade = ink[4 * i + 3];
    if (shade === 0) continue;
    const [column, row] = [i % width, Math.floor(i / width)];
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column + 1);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row + 1);
    mass += shade;
    x += shade * column;
    y += shade * row;
  }
  const scale = 20 / Math.max(box.right - box.left, box.bottom - box.top);
  const small = new OffscreenCanvas(side, side).getContext('2d');
  small.imageSmoothingQuality = 'high';
  small.setTransform(scale, 0, 0, scale, side / 2 - (scale * x) / mass, side / 2 - (scale * y) / mass);
  small.drawImage(drawing, 0, 0);
  const shades = small.getImageData(0, 0, side, side).data;
  return Float32Array.from({ length: pixels }, (_, i) => shades[4 * i + 3] / 255);
}

function read() {
  if (isEmpty || !model) return;
  const logits = model.predict(drawn());
  const most = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b);
  document.body.dataset.read = String(weights.indexOf(Math.max(...weights)));
  weights.forEach((weight, digit) => {
    const [, meter, percent] = [0, 1, 2].map((i) => element('bars').children[3 * digit + i]);
    meter.value = weight / sum;
    percent.textContent = `${Math.round((100 * weight) / sum)} %`;
  });
}

function draw(event) {
  const place = (one) => [one.offsetX, one.offsetY];
  pen.beginPath();
  pen.moveTo(...place(event));
  pen.lineTo(...place(event));
  pen.stroke();
  isEmpty = false;
  const move = (next) => {
    pen.lineTo(...place(next));
    pen.stroke();
    read();
  };
  drawing.setPointerCapture(event.pointerId);
  drawing.addEventListener('pointermove', move);
  drawing.addEventListener(
    'pointerup',
    () => {
      drawing.removeEventListener('pointermove', move);
      read();
    },
    { once: true },
  );
}

/** Some steps on what is drawn. */
function teach(digit) {
  if (isEmpty || !trainer) return;
  const x = drawn();
  for (let step = 0; step < 10; ++step) trainer.step(x, Float32Array.of(digit));
  status(`it has taken ten steps on your ${digit}`);
  read();
}

for (let digit = 0; digit < 10; ++digit) {
  const label = Object.assign(document.createElement('b'), { textContent: digit });
  const meter = Object.assign(document.createElement('meter'), { max: 1 });
  meter.setAttribute('aria-label', `probability of ${digit}`);
  element('bars').append(label, meter, document.createElement('span'));
  const button = Object.assign(document.createElement('button'), { textContent: digit });
  button.addEventListener('click', () => teach(digit));
  element('labels').append(button);
}
drawing.addEventListener('pointerdown', draw);
element('clear').addEventListener('click', () => {
  pen.clearRect(0, 0, drawing.width, drawing.height);
  isEmpty = true;
});

async function begin() {
  await ready();
  const { images, labels } = await digits();
  const all = new Dataset({ inputs: images, targets: labels, columns: pixels, scale: 1 / 255 });
  const [learning, held] = all.split({ validation: 0.2, seed: 1 });
  element('again').addEventListener('click', () => train(learning, held));
  document.body.dataset.threads = String(runtime().threads);
  await train(learning, held);
}

begin().catch((error) => status(error.message));
