/** A script of the page that plays a figure's trajectories step by step. Without it they are shown as a whole. */
export const player = `
for (const figure of document.querySelectorAll('figure.stepped')) {
  const paths = [...figure.querySelectorAll('.trajectory path')].map((path) => {
    const points = path.getAttribute('d').slice(1).split('L');
    const head = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    head.setAttribute('r', 4.5);
    head.setAttribute('fill', getComputedStyle(path).stroke);
    path.after(head);
    return { path, points, head };
  });
  const [slider, output, button] = ['input', 'output', 'button'].map((name) => figure.querySelector(name));
  const show = () => {
    const step = Number(slider.value);
    output.textContent = 'step ' + step;
    for (const { path, points, head } of paths) {
      const shown = points.slice(0, step + 1);
      path.setAttribute('d', 'M' + shown.join('L'));
      const [x, y] = shown.at(-1).split(',');
      head.setAttribute('cx', x);
      head.setAttribute('cy', y);
    }
  };
  let timer;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = '▶ play';
  };
  button.onclick = () => {
    if (timer !== undefined) return stop();
    if (slider.value === slider.max) slider.value = 0;
    button.textContent = '❚❚ pause';
    timer = setInterval(() => {
      slider.value = Number(slider.value) + Math.max(1, Math.round(slider.max / 240));
      show();
      if (slider.value === slider.max) stop();
    }, 40);
  };
  slider.oninput = show;
  figure.querySelector('.player').hidden = false;
  show();
}
`;
