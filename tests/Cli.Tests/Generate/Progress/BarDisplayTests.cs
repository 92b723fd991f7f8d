using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using Spectre.Console;

namespace MlxVideo.Cli.Tests.Generate.Progress;

public sealed class BarDisplayTests
{
    [Fact]
    public void Each_phase_has_a_bar_with_the_pace_of_its_stage()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 160;
        console.Profile.Capabilities.Ansi = true;
        console.Progress().AutoRefresh(false).Columns(BarDisplay.Columns).Start(context => Playback.Play(
            new RenderSettings { Prompt = "fox", NumFrames = 241 },
            plan => [new BarDisplay(context, new RenderPhases(plan)), new Refreshing(context)]));
        var text = output.ToString();
        Assert.Contains("denoise-1: step 3 of 8, 1.0 s per step, 5.0 s left", text);
        Assert.Contains("decode-video: tile 1 of 1", text);
        Assert.Equal(7, text[text.LastIndexOf("encode-prompt", StringComparison.Ordinal)..].Split("100%").Length - 1);
    }

    /// <summary>Draws after each step, instead of several times per second.</summary>
    private sealed class Refreshing(ProgressContext context) : IRenderObserver
    {
        public void OnStep(RenderStep step) => context.Refresh();

        public void OnStageEnded(Stage stage, TimeSpan duration) => context.Refresh();
    }
}
