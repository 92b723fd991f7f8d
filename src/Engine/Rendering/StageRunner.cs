using System.Runtime.InteropServices;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Engine.Stages.Memory;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Shared.Workers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Rendering;

/// <summary>
/// Runs the stages of clips with one model, from artefact files to artefact files. The output bytes depend only on the stage, its inputs,
/// the model, the device and the number of threads. Not safe for concurrent use: all work happens on the calling thread, and one thread
/// should make all calls.
/// </summary>
public sealed class StageRunner : IDisposable
{
    private static readonly TilingMode[] TilesBySize = [TilingMode.Official, TilingMode.Default, TilingMode.Aggressive];

    private readonly ModelCache _models;
    private readonly IReadOnlyDictionary<Type, IStageExecutor> _executors;
    private readonly EvaluationExecutor _evaluations;
    private readonly MemoryPlan _memory;
    private readonly IDeviceMemory _deviceMemory;
    private readonly ResidencyPolicy _residency;
    private readonly LoadOptions _load;
    private readonly int _threads;

    /// <summary>Creates a runner; weights are loaded when a stage first needs them.</summary>
    /// <param name="compute">Float32 on the CPU by default.</param>
    /// <param name="threads">
    /// CPU threads of libtorch. Sums are split across threads, so a different number changes the last bits (observed with 1 and 3): all
    /// machines of a farm must use the same number.
    /// </param>
    /// <param name="noise">Creates the source of a clip's noise from its seed; the official generator by default.</param>
    /// <param name="residency">
    /// Which components stay resident; by default, weights get the device memory not needed for activations.
    /// </param>
    /// <param name="load">Adapters and quantization; unmodified weights by default.</param>
    /// <param name="memoryLimit">
    /// Maximum bytes of weights and activations together; a stage that cannot fit is rejected before anything is loaded. Null for no limit.
    /// </param>
    /// <param name="memory">Memory of the device; main memory by default.</param>
    /// <exception cref="Checkpoints.CheckpointException">The model's files lack something that rendering needs.</exception>
    public StageRunner(
        ModelFolder model,
        ComputeOptions? compute = null,
        int threads = 1,
        Func<long, INoiseSource>? noise = null,
        ResidencyPolicy? residency = null,
        LoadOptions? load = null,
        long? memoryLimit = null,
        IDeviceMemory? memory = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ModelLoader.Check(model, load);
        _load = load ?? LoadOptions.AsStored;
        _threads = threads;
        Model = model;
        Compute = compute ?? ComputeOptions.CpuFloat32;
        _deviceMemory = memory ?? new HostMemory();
        _residency = residency ?? ResidencyPolicy.Of(_deviceMemory.Available);
        _models = new ModelCache(model, Compute, _residency, load, _deviceMemory);
        _memory = new MemoryPlan(memoryLimit, _models.Sizes, Compute);
        _evaluations = new EvaluationExecutor(_models);
        _executors = StageExecutors.Create(_models, noise ?? (seed => new NoiseGenerator(seed)));
    }

    /// <summary>Raised on the calling thread when the resident components or their order have changed.</summary>
    public event Action<ComponentsChanged>? ComponentsChanged
    {
        add => _models.Changed += value;
        remove => _models.Changed -= value;
    }

    /// <summary>Raised on the calling thread with a one-sentence notice for the user when a stage continues despite a problem.</summary>
    public event Action<string>? Noticed;

    public ModelFolder Model { get; }

    /// <summary>Current use of the device's memory; null when the device does not report it. May be read on any thread.</summary>
    public DeviceMemoryUse? MemoryUse => _deviceMemory.Use;

    public ComputeOptions Compute { get; }

    /// <summary>
    /// Determines the last bits of a result together with the request, the model and the kind of machine: processor, device, compute dtype,
    /// kernels and threads, for example <c>arm64 mps bfloat16 metal-safe 1</c>.
    /// </summary>
    public string Arithmetic => string.Join(
        ' ', RuntimeInformation.ProcessArchitecture, Compute.Device.type, Compute.Dtype, Compute.Kernels.Arithmetic, _threads)
            .ToLowerInvariant();

    /// <summary>
    /// Returns what determines the bits of results, apart from requests. The first call for a model reads its files, which takes a while.
    /// </summary>
    public ClipOrigin Origin() => new(
        ModelFingerprint.Of(Model, ContentHashCache.OfUser),
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Model.Path))), Arithmetic)
    {
        Adapters = _load.Adapters.Count == 0
            ? null
            : _load.Adapters.Select(adapter => new LoadedAdapter(
                Path.GetFileName(adapter.Path), ContentHashCache.OfUser.HashOf(adapter.Path), adapter.Strength)).ToList(),
        Quantization = _load.Quantization is { Format: var format } ? $"{format.Bits}:{format.GroupSize}" : null,
    };

    /// <summary>Returns the memory sizes of the model's components without reading weights.</summary>
    public IReadOnlyList<ComponentSize> Sizes() => _models.Sizes.All;

    /// <summary>
    /// Replaces automatic tiling by the mode with the largest tiles that can be decoded in this machine's memory. The result depends on the
    /// machine, so it becomes part of the request before the request is planned.
    /// </summary>
    public RenderSettings WithFittingTiles(RenderSettings settings)
    {
        if (settings.Tiling != TilingMode.Auto)
            return settings;
        var candidates = TilesBySize.Select(mode => settings with { Tiling = mode }).ToList();
        return candidates.Find(IsDecodable) ?? candidates[0];

        bool IsDecodable(RenderSettings candidate) =>
            StagePlanner.Plan(candidate).Stages.OfType<DecodeVideoStage>().All(stage => _memory.Fits(stage, candidate));
    }

    /// <summary>Checks in advance that all stages of a clip fit into this machine's memory.</summary>
    /// <exception cref="StageException">A stage does not fit.</exception>
    public void RequireMemory(StagePlan plan, RenderSettings settings)
    {
        foreach (var stage in plan.Stages)
            _memory.ActivationBytes(stage, settings);
    }

    /// <summary>Loads a stage's component in advance, which limits the run to computation.</summary>
    /// <param name="stage">Any stage except <see cref="MuxStage"/>, which requires no model.</param>
    /// <param name="inputFiles">Files of the input artefacts, by name; they determine the stage's size.</param>
    /// <exception cref="StageException">The stage does not fit into this machine's memory, or its weights cannot be loaded.</exception>
    public void Prepare(Stage stage, IReadOnlyDictionary<string, string> inputFiles)
    {
        var component = ComponentOf(stage);
        Guarded($"Stage {stage.Id}", _ =>
        {
            _models.Reserve(_memory.ActivationBytes(stage, inputFiles));
            _models.Prepare(component, stage is DenoiseStage denoise ? AdapterFile.Of(denoise, inputFiles) : null);
        });
    }

    /// <summary>Loads a component of the model in advance.</summary>
    /// <exception cref="StageException">The component does not fit into this machine's memory, or cannot be loaded.</exception>
    public void Prepare(ModelComponent component) => Guarded($"Model component {component}", _ =>
    {
        _memory.Require(component);
        _models.Reserve(_residency.TypicalActivations);
        _models.Prepare(component);
    });

    /// <summary>Runs one stage to completion on the calling thread.</summary>
    /// <param name="stage">Any stage except <see cref="MuxStage"/>, which requires no model.</param>
    /// <param name="inputFiles">Files of the input artefacts, by name.</param>
    /// <param name="outputFiles">Files to write, by artefact name; each appears only when complete.</param>
    /// <param name="progress">Called after each progress unit.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <param name="evaluations">Connection to a helper for evaluations of guided steps; null for none.</param>
    /// <param name="resume">Holds the state of an interrupted run of the stage, and saves that of this one; null for neither.</param>
    /// <exception cref="StageException">The stage failed; contains the reason and the failure kind.</exception>
    /// <exception cref="OperationCanceledException">The stage was cancelled.</exception>
    public void Run(
        Stage stage,
        IReadOnlyDictionary<string, string> inputFiles,
        IReadOnlyDictionary<string, string> outputFiles,
        Action<StageProgress>? progress,
        CancellationToken cancellationToken,
        IEvaluationExchange? evaluations = null,
        ResumePoint? resume = null)
    {
        _ = ComponentOf(stage);
        Guarded($"Stage {stage.Id}", scope =>
        {
            _models.Reserve(_memory.ActivationBytes(stage, inputFiles));
            _executors[stage.GetType()]
                .Run(stage, new StageFiles(
                    inputFiles, outputFiles, WithMemory(progress), cancellationToken, scope, evaluations, Noticed, resume));
        });
    }

    /// <summary>Computes offloaded evaluations of a guided step for another machine's denoising loop, on the calling thread.</summary>
    /// <param name="stage">A guided denoise stage.</param>
    /// <param name="inputFiles">Files of the input artefacts, by name.</param>
    /// <param name="count">Number of evaluations, counted from the last.</param>
    /// <param name="tokensFile">The step's tokens, as offered to an <see cref="IEvaluationExchange"/>.</param>
    /// <param name="velocitiesFile">The file to write for the exchange; it appears only when complete.</param>
    /// <param name="cancellationToken">Honoured between evaluations.</param>
    /// <exception cref="StageException">The evaluations failed; contains the reason and the failure kind.</exception>
    /// <exception cref="OperationCanceledException">The evaluations were cancelled.</exception>
    public void RunEvaluations(
        DenoiseStage stage, IReadOnlyDictionary<string, string> inputFiles, int step, int count, string tokensFile, string velocitiesFile,
        CancellationToken cancellationToken)
    {
        Guarded($"A step of stage {stage.Id}", scope =>
        {
            _models.Reserve(_memory.ActivationBytes(stage, inputFiles));
            _evaluations.Run(
                stage, new StageFiles(inputFiles, new Dictionary<string, string>(), null, cancellationToken, scope), step, count,
                tokensFile, velocitiesFile);
        });
    }

    /// <summary>
    /// Returns memory that finished stages left behind to the system: in allocators' caches, and as garbage. Makes the C library return
    /// large blocks from now on. Only the computing thread may call it.
    /// </summary>
    public void ReleaseMemory()
    {
        _deviceMemory.Release();
        HostAllocator.ReturnLargeBlocks();
        // The garbage collector does not know how much memory tensors take, and would let garbage grow up to its own budget beside them.
        GC.Collect();
    }

    /// <inheritdoc/>
    public void Dispose() => _models.Dispose();

    private Action<StageProgress>? WithMemory(Action<StageProgress>? progress) =>
        progress is null ? null : step => progress(step with { Memory = _deviceMemory.Use });

    private static ModelComponent ComponentOf(Stage stage) =>
        StageKinds.Of(stage).Component
            ?? throw new StageException(FailureKind.Input, $"The engine cannot run stage '{stage.Id}' of kind {stage.GetType().Name}.");

    /// <summary>Runs an action with the calling thread's modes and scopes and converts every fault to a stage failure.</summary>
    private void Guarded(string what, Action<DisposeScope> action)
    {
        set_num_threads(_threads); // OpenMP and MKL keep this number per thread, so set it on the computing thread
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        try
        {
            action(scope);
        }
        catch (Exception ex) when (ex is not (OperationCanceledException or StageException))
        {
            throw StageFailures.Classify(what, ex);
        }
    }
}
