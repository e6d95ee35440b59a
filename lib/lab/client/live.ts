import type { LiveData } from '../serve/live_data.js';
import { Connection } from './connection.js';
import { Panel } from './panel.js';
import { RacePanel } from './race_panel.js';

/** Sets up a live page: a panel for each experiment and for the race, and the connection to the server that runs them. */
export function openBench({ experiments, race }: LiveData): void {
  const notice = document.getElementById('connection')!;
  const panels = new Map<string, Panel | RacePanel>();
  const ofRuns = new Map<number, Panel | RacePanel>();
  const connection = new Connection(
    (event, { run, ...data }) => {
      if (event === 'started') ofRuns.set(run, panels.get(data.experiment)!);
      ofRuns.get(run)?.take(event, { run, ...data });
    },
    (isOpen) => {
      notice.hidden = isOpen;
      notice.textContent = 'The server has stopped or can’t be reached. The page continues when the server is back.';
      if (isOpen) for (const panel of panels.values()) panel.reconnect();
      else ofRuns.clear();
    },
  );
  for (const [name, settings] of Object.entries(experiments)) {
    const section = document.getElementById(name)!;
    panels.set(name, new Panel(section, settings, connection));
  }
  panels.set('race', new RacePanel(document.getElementById('race')!, race, connection));
}
