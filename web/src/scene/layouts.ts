/** Where the parts of the drawing stand: side by side on a desk, stacked on a phone and in comparisons. */

export interface Layout {
  box: string;
  head: string;
  neurones: string;
  leader: string;
  levels: string;
  levelsWidth: number;
  breast: string;
  alveolus: string;
  lens: string;
  uterus: string;
  other: string;
  vessel: string;
  branch: string;
  nerve: string;
  /** Font size in units of the box, so that words stay readable when it is drawn small. */
  text: number;
  captions: Record<Caption, [number, number, "start" | "middle" | "end"]>;
}

export type Caption = "brain" | "neurones" | "breast" | "alveolus" | "uterus" | "other" | "mouth";

export const WIDE: Layout = {
  box: "0 0 1200 600",
  head: "translate(4 -6)",
  neurones: "translate(386 116)",
  leader: "M172,160 L318,54 M172,178 L330,189",
  levels: "translate(520 52)",
  levelsWidth: 236,
  breast: "translate(300 204)",
  alveolus: "translate(998 196)",
  lens: "M424,385 L866,318 M420,368 L842,108",
  uterus: "translate(906 430)",
  other: "translate(1074 424)",
  vessel: "M440,186 C470,206 560,206 640,196 C720,186 770,170 832,140 C848,132 856,126 862,114",
  branch: "M500,205 C470,216 428,228 404,262 C392,280 388,300 392,322",
  nerve:
    "M628,410 C560,432 470,452 400,470 C330,490 210,560 138,548 C112,540 128,430 128,330 L130,230 C130,200 132,170 144,150 L162,140",
  text: 14.5,
  captions: {
    brain: [40, 26, "start"],
    neurones: [386, 226, "middle"],
    breast: [330, 592, "start"],
    alveolus: [998, 392, "middle"],
    uterus: [976, 584, "middle"],
    other: [1128, 584, "middle"],
    mouth: [770, 592, "middle"],
  },
};

export const NARROW: Layout = {
  box: "0 0 640 1060",
  head: "translate(-14 0) scale(0.84)",
  neurones: "translate(316 112) scale(0.98)",
  leader: "M132,134 L250,52 M132,150 L262,180",
  levels: "translate(440 40)",
  levelsWidth: 188,
  breast: "translate(16 466)",
  alveolus: "translate(458 344) scale(0.94)",
  lens: "M140,646 L352,474 M136,628 L298,300",
  uterus: "translate(60 902)",
  other: "translate(410 896)",
  vessel: "M336,196 C346,214 350,222 340,240 C330,256 320,262 318,276",
  branch: "M340,238 C300,262 230,330 190,420 C160,480 110,520 112,560",
  nerve: "M340,672 C280,696 180,716 100,730 C30,742 22,690 44,600 C70,500 92,400 93,280 L95,194 C95,168 100,140 108,128 L122,118",
  text: 20,
  captions: {
    brain: [16, 24, "start"],
    neurones: [316, 228, "middle"],
    breast: [20, 880, "start"],
    alveolus: [624, 534, "end"],
    uterus: [220, 990, "start"],
    other: [560, 990, "start"],
    mouth: [470, 850, "middle"],
  },
};
