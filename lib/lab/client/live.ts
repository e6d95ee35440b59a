import type { EventName } from '../serve/events.js';
import type { LiveData } from '../serve/live_data.js';
import type { Connection, Data } from './connection.js';
import { carriedEngine } from './engine.js';
import { PageConnection } from './page_connection.js';
import { Panel } from './panel.js';
import { RacePanel } from './race_panel.js';
import { ServerConnection } from './server_connection.js';

/** Sets up a live page: a panel for each experiment and for the race, and what runs them: a server, or the page itself. */
export async function openBench({ experiments, race, size, counterModel }: LiveData): Promise<void> {
  const notice = document.getElementById('connection')!;
  const panels = new Map<string, Panel | RacePanel>();
  const ofRuns = new Map<number, Panel | RacePanel>();
  const onEvent = (event: EventName, { run, ...data }: Data) => {
    if (event === 'started') ofRuns.set(run, panels.get(data.experiment)!);
    ofRuns.get(run)?.take(event, { run, ...data });
  };
  const ofServer = () =>
    new ServerConnection(onEvent, (isOpen) => {
      notice.hidden = isOpen;
      notice.textContent = 'The server has stopped or can’t be reached. The page continues when the server is back.';
      if (isOpen) for (const panel of panels.values()) panel.reconnect();
      else ofRuns.clear();
    });
  const engine = await carriedEngine(size);
  const connection: Connection = engine ? new PageConnection(engine, onEvent) : ofServer();
  for (const [name, settings] of Object.entries(experiments)) {
    const section = document.getElementById(name)!;
    panels.set(name, new Panel(section, settings, connection, counterModel));
  }
  if (race) panels.set('race', new RacePanel(document.getElementById('race')!, race, connection));
}
