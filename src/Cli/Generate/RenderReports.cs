using System.Reflection;
using MlxVideo.Cli.Generate.Profiles;
using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Engine.Rendering;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate;

/// <summary>Everything that is reported about one render: progress, events, memory, and the profile at its end.</summary>
internal sealed class RenderReports
{
    private const double Gibibyte = 1L << 30;

    private readonly GenerateRequest _request;
    private readonly StagePlan _plan;
    private readonly StageRunner _runner;
    private readonly RenderPhases _phases;
    private readonly ProfileRecorder _times;
    private readonly MemoryLog _memory;

    public RenderReports(GenerateRequest request, StagePlan plan, StageRunner runner)
    {
        _request = request;
        _plan = plan;
        _runner = runner;
        _phases = new RenderPhases(plan);
        _times = new ProfileRecorder(_phases);
        _memory = new MemoryLog(request.Reporting.MemoryLog ? Console.Error : null);
    }

    private ReportingSettings Settings => _request.Reporting;

    /// <summary>Runs <paramref name="render"/> and reports the progress passed to its argument.</summary>
    public void Follow(Action<Action<RenderProgress>> render)
    {
        var start = TimeProvider.System.GetTimestamp();
        var onlyLines = Settings.Events || Settings.Echo is not null || Settings.MemoryLog || Settings.Statistics;
        RenderDisplay.Show(_phases, onlyLines, display =>
        {
            var watch = new RenderWatch(TimeProvider.System, [display, _times, _memory, .. Events()]);
            render(watch.Report);
            watch.Complete();
        });
        if (Settings.Profile)
            WriteProfile(TimeProvider.System.GetElapsedTime(start));
    }

    /// <summary>Writes statistics of a stage's tensors to standard error.</summary>
    /// <param name="outputs">Its output files; texts, WAV files and clips have no tensors.</param>
    public static void WriteStatistics(Stage stage, IReadOnlyList<string> outputs)
    {
        if (stage is EnhancePromptStage or DecodeAudioStage or MuxStage)
            return;
        foreach (var line in outputs.SelectMany(TensorStatistics.Describe))
            Console.Error.WriteLine(line);
    }

    private IEnumerable<IRenderObserver> Events()
    {
        if (Settings.Events)
            yield return new EventWriter(Console.Out, _phases, _plan);
        if (Settings.Echo is { } echo)
            yield return new EchoLines(Console.Out, _plan, echo);
    }

    private void WriteProfile(TimeSpan elapsed)
    {
        var settings = _request.Settings;
        // The parts of a clip have passes with the same numbers of steps.
        var passes = _plan.Stages.OfType<DenoiseStage>().DistinctBy(stage => stage.PassIndex).ToList();
        var isTwoPass = passes.Count > 1;
        var hasAudio = _plan.Stages.OfType<MuxStage>().Any(mux => mux.Audio is not null);
        var profile = new RenderProfile
        {
            Version = typeof(RenderReports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            Machine = Environment.MachineName,
            Arithmetic = _runner.Arithmetic,
            Model = _runner.Model.Path,
            Output = _request.Output,
            Prompt = settings.Prompt,
            Seed = settings.Seed,
            Width = settings.Width,
            Height = settings.Height,
            NumFrames = settings.NumFrames,
            Fps = settings.Fps,
            Pipeline = ChoiceNames.Name(settings.Pipeline),
            ElapsedSeconds = elapsed.TotalSeconds,
            PhaseSeconds = _times.Phases,
            Stages = _times.Stages,
            PeakMemory = _memory.Peak / Gibibyte,
            FirstPassSteps = isTwoPass ? passes[0].Steps : null,
            SecondPassSteps = isTwoPass ? passes[1].Steps : null,
            Audio = hasAudio,
            AudioSteps = hasAudio && passes.Count > 0 ? passes[0].Steps : null,
        };
        ProfileTable.Write(profile, Console.Out);
        if (Settings.ProfileFile is { } file)
            CompleteFile.WriteText(file, profile.ToJson() + "\n");
    }
}
