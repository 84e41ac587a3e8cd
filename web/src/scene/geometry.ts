/** Shapes of the drawing that follow from numbers: lobes, ring of cells, vessels. Own work. */

export interface Point {
  x: number;
  y: number;
}

export const polar = (r: number, angle: number): Point => ({ x: r * Math.cos(angle), y: r * Math.sin(angle) });

const f = (value: number): string => value.toFixed(1);

/** A fixed sequence in 0..1, so that the drawing is the same at every visit. */
function* sequence(start: number): Generator<number, never> {
  let x = start;
  for (;;) {
    x = (x * 16807) % 2147483647;
    yield x / 2147483647;
  }
}

export interface Alveolus extends Point {
  r: number;
}

export interface Lobe {
  /** From the nipple to the lobe: the main duct. */
  duct: string;
  /** Within the lobe. */
  branches: string[];
  alveoli: Alveolus[];
}

/** Where the milk ducts end at the nipple, in the coordinates of the breast. */
export const NIPPLE: Point = { x: 366, y: 206 };

const LOBES: { x: number; y: number; pore: number; turn: number; size: number }[] = [
  { x: 214, y: 120, pore: -10, turn: -2.5, size: 0.86 },
  { x: 128, y: 96, pore: -6, turn: -2.75, size: 0.95 },
  { x: 122, y: 178, pore: -2, turn: 3.05, size: 1 },
  { x: 116, y: 258, pore: 2, turn: 2.75, size: 1 },
  { x: 178, y: 318, pore: 6, turn: 2.35, size: 0.92 },
  { x: 252, y: 284, pore: 10, turn: 2.1, size: 0.78 },
];

/** Lobes with branching ducts and grape-like ends, as in dissections: milk ducts branch close to the nipple. */
export function lobes(): Lobe[] {
  return LOBES.map((lobe, i) => {
    const random = sequence(811 + 97 * i);
    const start = { x: NIPPLE.x, y: NIPPLE.y + lobe.pore };
    const behind = { x: 318, y: NIPPLE.y + lobe.pore * 1.5 };
    const back = { x: -Math.cos(lobe.turn), y: -Math.sin(lobe.turn) };
    const hilum = { x: lobe.x + back.x * 26 * lobe.size, y: lobe.y + back.y * 26 * lobe.size };
    const duct =
      `M${f(start.x)},${f(start.y)} L${f(behind.x)},${f(behind.y)} ` +
      `C${f(behind.x - 36)},${f(behind.y)} ${f(hilum.x + back.x * 52)},${f(hilum.y + back.y * 52)} ${f(hilum.x)},${f(hilum.y)}`;
    const branches: string[] = [];
    const alveoli: Alveolus[] = [];
    for (let k = 0; k < 5; k++) {
      const angle = lobe.turn + (k - 2) * 0.74 + (random.next().value - 0.5) * 0.14;
      const reach = (k % 2 === 0 ? 40 : 27) * lobe.size;
      const end = { x: hilum.x + Math.cos(angle) * reach, y: hilum.y + Math.sin(angle) * reach };
      const mid = { x: (hilum.x + end.x) / 2 + (random.next().value - 0.5) * 6, y: (hilum.y + end.y) / 2 };
      branches.push(`M${f(hilum.x)},${f(hilum.y)} Q${f(mid.x)},${f(mid.y)} ${f(end.x)},${f(end.y)}`);
      const r = (k % 2 === 0 ? 6.6 : 5.4) * lobe.size;
      for (let j = 0; j < 5; j++) {
        // a rosette round the end of the branch, open towards the duct
        const turn = angle + (j - 2) * 1.02;
        const gap = r * (1.72 + 0.12 * random.next().value);
        alveoli.push({ x: end.x + Math.cos(turn) * gap, y: end.y + Math.sin(turn) * gap, r: r * (0.92 + 0.16 * random.next().value) });
      }
    }
    return { duct, branches, alveoli };
  });
}

/** Angles (radians) at which processes of the myoepithelial basket cross the section. */
export const STRANDS: readonly number[] = Array.from({ length: 10 }, (_, i) => (i + 0.5) * (Math.PI / 5));

/** Way out of the alveolus, towards the breast. */
export const EXIT = 2.42;
export const EXIT_HALF = 0.14;

/** Radius of the wall at an angle: the basket digs in where its processes lie. */
export function dented(radius: number, angle: number, squeeze: number): number {
  const dent = Math.pow(Math.max(0, Math.cos(5 * (angle - STRANDS[0]!))), 3);
  return radius * (1 - 0.05 * squeeze - 0.085 * squeeze * dent);
}

export interface SecretoryCell {
  outline: string;
  nucleus: Point;
  droplets: Point[];
}

const CELLS = 22;

/** Columnar cells between lumen and basement membrane; tall where the alveolus is empty, flat where it is full. */
export function secretoryCells(lumen: number, wall: number, squeeze: number): SecretoryCell[] {
  const free = 2 * Math.PI - 2 * EXIT_HALF;
  return Array.from({ length: CELLS }, (_, i) => {
    const from = EXIT + EXIT_HALF + (free * i) / CELLS;
    const to = EXIT + EXIT_HALF + (free * (i + 1)) / CELLS;
    const gap = 0.012;
    const mid = (from + to) / 2;
    const outerA = polar(dented(wall, from, squeeze), from + gap);
    const outerB = polar(dented(wall, to, squeeze), to - gap);
    const outerM = polar(dented(wall, mid, squeeze) * 1.012, mid);
    const innerB = polar(dented(lumen, to, squeeze), to - gap);
    const innerA = polar(dented(lumen, from, squeeze), from + gap);
    const dome = polar(dented(lumen, mid, squeeze) - 5, mid);
    const height = wall - lumen;
    return {
      outline:
        `M${f(outerA.x)},${f(outerA.y)} Q${f(outerM.x)},${f(outerM.y)} ${f(outerB.x)},${f(outerB.y)} ` +
        `L${f(innerB.x)},${f(innerB.y)} Q${f(dome.x)},${f(dome.y)} ${f(innerA.x)},${f(innerA.y)} Z`,
      nucleus: polar(dented(wall, mid, squeeze) - height * 0.34, mid),
      droplets: [
        polar(dented(lumen, mid, squeeze) + height * 0.2, mid - 0.05),
        polar(dented(lumen, mid, squeeze) + height * 0.34, mid + 0.055),
      ],
    };
  });
}

/** Closed outline at a radius, open at the way out. */
export function ring(radius: number, squeeze: number): string {
  const parts: string[] = [];
  const steps = 90;
  for (let i = 0; i <= steps; i++) {
    const angle = EXIT + EXIT_HALF + ((2 * Math.PI - 2 * EXIT_HALF) * i) / steps;
    const p = polar(dented(radius, angle, squeeze), angle);
    parts.push(`${i === 0 ? "M" : "L"}${f(p.x)},${f(p.y)}`);
  }
  return parts.join(" ");
}

/** Body of a stellate cell on the wall and its arms along it; arms shorten and thicken as it contracts. */
export function stellateCell(wall: number, angle: number, squeeze: number): { body: string; arms: string[] } {
  const r = dented(wall, angle, squeeze) + 4;
  const reach = 0.3 * (1 - 0.22 * squeeze);
  const arc = (to: number, lift: number): string => {
    const a = polar(r, angle + Math.sign(to) * 0.06);
    const m = polar(dented(wall, angle + to / 2, squeeze) + 5 + lift, angle + to / 2);
    const b = polar(dented(wall, angle + to, squeeze) + 2.5 + lift, angle + to);
    return `M${f(a.x)},${f(a.y)} Q${f(m.x)},${f(m.y)} ${f(b.x)},${f(b.y)}`;
  };
  const half = 0.085 * (1 - 0.2 * squeeze);
  const thick = 7 + 4 * squeeze;
  const left = polar(r, angle - half);
  const right = polar(r, angle + half);
  const top = polar(r + thick, angle);
  const low = polar(r - thick * 0.35, angle);
  return {
    body: `M${f(left.x)},${f(left.y)} Q${f(top.x)},${f(top.y)} ${f(right.x)},${f(right.y)} Q${f(low.x)},${f(low.y)} ${f(left.x)},${f(left.y)} Z`,
    arms: [arc(reach, 0), arc(-reach, 0), arc(reach * 0.72, 5), arc(-reach * 0.72, 5)],
  };
}

export interface FaceCell {
  body: Point;
  arms: string[];
}

const FACE: readonly { r: number; angle: number; turn: number }[] = [
  { r: 0.42, angle: -1.9, turn: 0.2 },
  { r: 0.5, angle: 0.15, turn: 0.7 },
  { r: 0.46, angle: 2.0, turn: 0.4 },
];

/** Stellate cells on the near side of the alveolus, seen through the section; their arms join those at the wall. */
export function faceCells(wall: number, squeeze: number): FaceCell[] {
  return FACE.map((cell) => {
    const body = polar(wall * cell.r * (1 - 0.12 * squeeze), cell.angle);
    const arms = Array.from({ length: 6 }, (_, k) => {
      const out = cell.turn + (k * Math.PI) / 3;
      const want = { x: body.x + Math.cos(out) * wall * 0.62, y: body.y + Math.sin(out) * wall * 0.62 };
      const far = Math.hypot(want.x, want.y);
      const edge = dented(wall, Math.atan2(want.y, want.x), squeeze);
      const scale = far > edge ? edge / far : 1 - 0.1 * squeeze;
      const end = { x: want.x * scale, y: want.y * scale };
      const bow = { x: (body.x + end.x) * 0.56, y: (body.y + end.y) * 0.56 };
      return `M${f(body.x)},${f(body.y)} Q${f(bow.x)},${f(bow.y)} ${f(end.x)},${f(end.y)}`;
    });
    return { body, arms };
  });
}
