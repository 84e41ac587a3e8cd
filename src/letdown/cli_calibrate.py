"""The command `letdown calibrate`: fit the population to published sessions; what a feed depends on."""

from pathlib import Path
from typing import Annotated

import typer

from letdown._terminal import SEEDS, Json, number_in, print_json, progress, say, show, working

__all__ = ["calibrate_app"]

calibrate_app = typer.Typer(
    help="Fit the population of virtual women to published sessions; what a feed depends on. Needs the extra infer.",
    invoke_without_command=True,
)

FOLDER = Path("letdown-runs/calibration")


@calibrate_app.callback(invoke_without_command=True)
def calibrate(
    context: typer.Context,
    generations: Annotated[
        int, typer.Option("--generations", metavar="N", parser=number_in(int, 1, 1000), help="Generations in all.")
    ] = 6,
    particles: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=number_in(int, 2, 100_000),
            help="Populations tried in a generation; twice in the first.",
        ),
    ] = 50,
    women: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 8, 10_000), help="Virtual women of a protocol.")
    ] = 64,
    check_women: Annotated[
        int,
        typer.Option(
            metavar="N", parser=number_in(int, 8, 100_000), help="Other women, for the rows before and after."
        ),
    ] = 500,
    seed: Annotated[int, typer.Option(metavar="N", parser=SEEDS, help="Seed.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", parser=number_in(int, 1, 256), help="Processes.")] = 2,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="STUDY", help="A study not to fit; repeatable.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on from the finished generations of the folder.")
    ] = True,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the calibration.")] = FOLDER,
    as_json: Json = False,
) -> None:
    """Fit the population to the published sessions.

    Each finished generation is kept in the folder; the same command goes on from there after any interruption. The
    folder's result.json is what ships with the package.
    """
    if context.invoked_subcommand is not None:
        return
    from letdown.calibration.campaign import RESULT, Campaign
    from letdown.calibration_report import calibration_report

    campaign = Campaign(seed, particles, women, tuple(leave_out or ()))
    try:
        with progress("populations", campaign.total(generations)) as done:
            fitted = campaign.fit(out, generations, resume=resume, workers=workers, progress=done)
        with progress("checking", 1000) as done:
            result = campaign.report(fitted, check_women, lambda part, whole: done(int(1000 * part / max(whole, 1))))
    except KeyboardInterrupt:
        if not any(out.glob("generation-*.npz")):
            raise
        say(f"letdown: interrupted; the generations in {out} are kept, and the same command goes on from there.")
        raise typer.Exit(3) from None
    campaign.write(result, out)
    print_json(result) if as_json else show(calibration_report(result))
    say(f"Written to {out / RESULT}")


@calibrate_app.command("show")
def show_result(as_json: Json = False) -> None:
    """Show the calibration that the shipped population comes from."""
    from letdown.calibration.results import read_result
    from letdown.calibration_report import calibration_report

    result = read_result()
    print_json(result) if as_json else show(calibration_report(result))


@calibrate_app.command("sensitivity")
def sensitivity_of_a_feed(
    scenario: Annotated[str, typer.Argument(metavar="[SCENARIO]", help="Preset or file of a feed.")] = "breastfeed",
    trajectories: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 2, 1000), help="Morris trajectories.")
    ] = 10,
    points: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 2, 65536), help="Base points of Sobol, a power of 2.")
    ] = 128,
    parameters: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 2, 50), help="Parameters that go on to Sobol.")
    ] = 10,
    streams: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 2, 512), help="Streams of random events of each point.")
    ] = 6,
    seed: Annotated[int, typer.Option(metavar="N", parser=SEEDS, help="Seed.")] = 0,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw a figure: .png, .pdf, .svg.")] = None,
    as_json: Json = False,
) -> None:
    """Find out which parameters of the body a feed depends on: Morris over all, Sobol over those that matter."""
    import numpy as np

    from letdown.calibration.sensitivity import OUTPUTS, factors_of, sensitivity
    from letdown.calibration_report import sensitivity_report
    from letdown.protocol.scenario import load_scenario

    if figure is not None:
        from letdown.plot.house import check_figure_path

        check_figure_path(figure)
    loaded = load_scenario(scenario)
    total = trajectories * (len(factors_of(loaded)) + 1) + points * (parameters + 2)
    with progress("points", total) as done:
        found = sensitivity(
            loaded, seed=seed, streams=streams, trajectories=trajectories, sobol_points=points,
            parameters=parameters, progress=done,
        )  # fmt: skip
    if figure is not None:
        from letdown.plot.house import save_figure
        from letdown.plot.sensitivity import plot_sensitivity

        title = f"What a feed depends on ({loaded.name}): shares of the variance"
        with working("drawing"):
            drawn = plot_sensitivity(
                title, found.chosen, list(OUTPUTS), found.first, found.total, np.asarray(found.noise)
            )
            save_figure(drawn, figure)
        say(f"Written to {figure}")
    print_json(found.to_json()) if as_json else show(sensitivity_report(found.to_json()))
