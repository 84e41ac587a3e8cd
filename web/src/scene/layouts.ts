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
  /** The alveolus that is magnified. */
  marker: [number, number];
  uterus: string;
  other: string;
  vessel: string;
  branch: string;
  nerve: string;
  /** Font size in units of the box, so that words stay readable when it is drawn small. */
  text: number;
  labels: readonly Label[];
  captions: Record<Caption, [number, number, "start" | "middle" | "end"]>;
}

/** A word of the atlas, with a line to what it names. */
export interface Label {
  text: string;
  at: [number, number];
  anchor: "start" | "middle" | "end";
  line: string;
}

export type Caption = "brain" | "neurones" | "breast" | "alveolus" | "uterus" | "other" | "mouth";

export const WIDE: Layout = {
  box: "0 0 1200 596",
  head: "translate(4 -6)",
  neurones: "translate(384 128) scale(0.98)",
  leader: "M172,156 L316,74 M174,178 L334,202",
  levels: "translate(528 50)",
  levelsWidth: 236,
  breast: "translate(286 214) scale(0.94)",
  alveolus: "translate(1004 200)",
  lens: "M505,305 L848,112 M507,318 L836,262",
  marker: [496, 312],
  uterus: "translate(852 424)",
  other: "translate(1030 424)",
  vessel: "M440,198 C480,220 580,214 650,196 C730,176 790,158 838,136 C856,128 864,122 870,114",
  branch: "M520,212 C480,220 428,240 402,270 C386,290 384,310 388,330",
  nerve: "M622,414 C570,470 470,486 400,468 C350,456 300,452 250,462 C200,472 150,476 118,468 C104,440 122,360 132,300 L134,230 C134,200 134,170 146,152 L162,142",
  text: 14.5,
  labels: [
    { text: "capillary", at: [838, 48], anchor: "end", line: "M842,46 L920,84" },
    { text: "muscle cell", at: [1198, 26], anchor: "end", line: "M1150,32 L1086,110" },
    { text: "secretory cell", at: [1198, 388], anchor: "end", line: "M1140,374 L1088,268" },
    { text: "small duct", at: [838, 380], anchor: "start", line: "M870,366 L906,290" },
    { text: "hind lobe of", at: [492, 158], anchor: "start", line: "" },
    { text: "the pituitary", at: [492, 174], anchor: "start", line: "M488,160 L404,176" },
    { text: "milk duct", at: [600, 572], anchor: "middle", line: "M592,558 L546,418" },
    { text: "sensory nerve", at: [216, 488], anchor: "middle", line: "" },
  ],
  captions: {
    brain: [40, 26, "start"],
    neurones: [384, 24, "middle"],
    breast: [352, 594, "start"],
    alveolus: [1004, 398, "middle"],
    uterus: [922, 578, "middle"],
    other: [1084, 584, "middle"],
    mouth: [770, 592, "middle"],
  },
};

export const NARROW: Layout = {
  box: "0 0 640 1040",
  head: "translate(-20 0) scale(0.86)",
  neurones: "translate(306 132) scale(0.92)",
  leader: "M130,136 L232,92 M132,152 L254,196",
  levels: "translate(404 40)",
  levelsWidth: 228,
  breast: "translate(6 478) scale(1)",
  alveolus: "translate(452 330) scale(0.9)",
  lens: "M232,578 L306,396 M240,594 L486,486",
  marker: [228, 592],
  uterus: "translate(24 896)",
  other: "translate(340 890)",
  vessel: "M300,214 C296,232 296,240 302,246 C310,254 324,252 336,250",
  branch: "M298,236 C280,290 210,330 170,400 C136,460 100,510 104,560",
  nerve: "M356,700 C300,770 200,790 130,752 C80,726 60,640 68,560 C74,480 88,380 92,280 L94,198 C94,170 96,146 106,132 L118,122",
  text: 21,
  labels: [],
  captions: {
    brain: [16, 24, "start"],
    neurones: [384, 26, "end"],
    breast: [250, 890, "start"],
    alveolus: [634, 152, "end"],
    uterus: [172, 1000, "start"],
    other: [474, 1022, "start"],
    mouth: [470, 850, "middle"],
  },
};
