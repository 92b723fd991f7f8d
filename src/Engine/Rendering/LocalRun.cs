using MlxVideo.Engine.Stages;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Processes;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>One run of a plan in this process.</summary>
internal sealed class LocalRun : IDisposable
{
    private readonly StageRunner _runner;
    private readonly StagePlan _plan;
    private readonly ClipOrigin _origin;
    private readonly RenderOutputs _outputs;
    private readonly Action<RenderProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly TemporaryFolder _folder = new("mlx-video-");
    private readonly FrameFolder? _frames;
    private readonly ClipMuxer _muxer;
    private Dictionary<string, string> _files = [];
    private StreamedMux? _streamed;

    public LocalRun(
        StageRunner runner, StagePlan plan, ClipOrigin origin, RenderOutputs outputs, FfmpegTools tools, Action<RenderProgress>? progress,
        CancellationToken cancellationToken)
    {
        (_runner, _plan, _origin, _outputs, _progress, _cancellationToken) = (runner, plan, origin, outputs, progress, cancellationToken);
        var observers = new List<IFrameObserver>();
        if (outputs.Frames is not null)
            observers.Add(_frames = new FrameFolder(tools, outputs.Frames));
        if (outputs.Preview is not null)
            observers.Add(new FramePreview(tools, outputs.Preview));
        _muxer = new ClipMuxer(tools, observers);
    }

    /// <summary>Called after each stage, with the files of its outputs.</summary>
    public Action<Stage, IReadOnlyList<string>>? StageCompleted { get; init; }

    /// <summary>Runs all stages.</summary>
    /// <param name="inputs">Files of the plan's external inputs, by name.</param>
    public void Run(Dictionary<string, string> inputs)
    {
        _files = inputs;
        for (var index = 0; index < _plan.Stages.Count; index++)
        {
            var (stage, place) = (_plan.Stages[index], index);
            _cancellationToken.ThrowIfCancellationRequested();
            Report(new StageProgress(0, 1));
            foreach (var name in stage.Outputs)
                _files[name] = name == _plan.Clip ? _outputs.Clip : Path.Combine(_folder.Path, name);
            if (_outputs.Stream && stage is DecodeVideoStage)
                _runner.ReleaseMemory();
            if (stage is MuxStage mux)
                Finish(_streamed is null ? MuxAsync(mux).GetAwaiter().GetResult() : _streamed.Finish());
            else
                _runner.Run(stage, _files, _files, Report, _cancellationToken);
            StageCompleted?.Invoke(stage, [.. stage.Outputs.Select(name => _files[name])]);
            if (_outputs.Stream && stage is DecodeVideoStage decode)
                Encode(decode);

            void Report(StageProgress reached) => _progress?.Invoke(new RenderProgress(stage, place, _plan.Stages.Count, reached));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _streamed?.Dispose();
        _frames?.Dispose();
        _folder.Dispose();
    }

    private void Encode(DecodeVideoStage decode)
    {
        _streamed ??= StartMux();
        _streamed.Add(_files[decode.Frames]);
    }

    private StreamedMux StartMux()
    {
        var mux = _plan.Stages.OfType<MuxStage>().Single();
        var frameCount = _plan.Stages.OfType<DecodeVideoStage>().Max(decode => decode.Tile.FrameStop);
        // _files is not safe for use by the other thread
        var files = mux.Inputs.Where(_files.ContainsKey).ToDictionary(name => name, name => _files[name]);
        return new StreamedMux(_muxer, mux, _origin, frameCount, name => files[name], _outputs.Clip, _cancellationToken);
    }

    private Task<Waveform?> MuxAsync(MuxStage stage) =>
        _muxer.MuxAsync(stage, _origin, name => _files[name], _outputs.Clip, _cancellationToken);

    /// <summary>Returns the manifest of the clip, after the run.</summary>
    public ClipManifest Manifest() =>
        ClipMuxer.ManifestOf(_plan.Stages.OfType<MuxStage>().Single(), _origin, name => _files[name]);

    private void Finish(Waveform? sound)
    {
        _frames?.CompleteAsync(_cancellationToken).GetAwaiter().GetResult();
        if (_outputs.Audio is not null && sound is not null)
            WaveFile.WritePcm16(_outputs.Audio, sound);
    }
}
