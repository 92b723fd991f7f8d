using System.Runtime.InteropServices;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Stages.Executors;
using MlxVideo.Engine.Stages.Memory;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Rendering;

/// <summary>
/// Runs the stages of clips with one model, artefact files in, artefact files out. The outputs' bytes depend on the stage,
/// its inputs, the model, the device and the number of threads alone. Not safe for concurrent use: everything happens on
/// the calling thread, and one thread should make all calls.
/// </summary>
public sealed class StageRunner : IDisposable
{
    private readonly ModelCache _models;
    private readonly IReadOnlyDictionary<Type, IStageExecutor> _executors;
    private readonly EvaluationExecutor _evaluations;
    private readonly MemoryPlan _memory;
    private readonly int _threads;

    /// <summary>Prepares to run stages; weights are read when a stage first needs them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="compute">Where and how to compute; float32 on the CPU by default.</param>
    /// <param name="threads">
    /// CPU threads of libtorch. Sums are split over the threads, so another number gives other
    /// last bits (seen with 1 and 3): every machine of a farm must use the same.
    /// </param>
    /// <param name="noise">The source of a clip's noise, given its seed; the official generator by default.</param>
    /// <param name="residency">What is kept in memory; by default, half of this machine's memory is for weights.</param>
    /// <param name="load">Adapters and quantisation; weights as they are by default.</param>
    /// <param name="memoryLimit">
    /// Bytes that weights and activations may take together: what can't fit is refused before anything is loaded. Null for no limit.
    /// </param>
    /// <exception cref="Checkpoints.CheckpointException">The model's files do not hold what rendering needs.</exception>
    public StageRunner(
        ModelFolder model,
        ComputeOptions? compute = null,
        int threads = 1,
        Func<long, INoiseSource>? noise = null,
        ResidencyPolicy? residency = null,
        LoadOptions? load = null,
        long? memoryLimit = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ModelLoader.Check(model, load);
        _threads = threads;
        Model = model;
        Compute = compute ?? ComputeOptions.CpuFloat32;
        _models = new ModelCache(model, Compute, residency ?? ResidencyPolicy.HalfOfMemory, load);
        _memory = new MemoryPlan(memoryLimit, _models.Sizes, Compute);
        _evaluations = new EvaluationExecutor(_models);
        _executors = StageExecutors.Create(_models, noise ?? (seed => new NoiseGenerator(seed)));
    }

    /// <summary>Raised on the calling thread when the parts in memory, or their order, have changed.</summary>
    public event Action<ComponentsChanged>? ComponentsChanged
    {
        add => _models.Changed += value;
        remove => _models.Changed -= value;
    }

    /// <summary>Raised on the calling thread when a stage goes on but the user should know something: one sentence.</summary>
    public event Action<string>? Noticed;

    /// <summary>The model.</summary>
    public ModelFolder Model { get; }

    /// <summary>Where and how it computes.</summary>
    public ComputeOptions Compute { get; }

    /// <summary>
    /// What decides the last bits of a result beside the request, the model and the kind of machine, as <c>arm64 mps bfloat16 metal-safe
    /// 1</c>: processor, device, compute type, kernels, threads.
    /// </summary>
    public string Arithmetic => string.Join(
        ' ', RuntimeInformation.ProcessArchitecture, Compute.Device.type, Compute.Dtype, Compute.Kernels.Name, _threads).ToLowerInvariant();

    /// <summary>What the model's parts take in memory; no weights are read.</summary>
    public IReadOnlyList<ComponentSize> Sizes() => _models.Sizes.All;

    /// <summary>Loads what a stage needs, so that running it is all computing.</summary>
    /// <param name="stage">The stage; any but <see cref="MuxStage"/>, which needs no model.</param>
    /// <param name="inputFiles">Files of the artefacts it reads, by name: they tell its size.</param>
    /// <exception cref="StageException">It can't fit this machine's memory, or its weights can't be loaded.</exception>
    public void Prepare(Stage stage, IReadOnlyDictionary<string, string> inputFiles)
    {
        var component = ComponentOf(stage);
        Guarded($"Stage {stage.Id}", _ =>
        {
            _memory.Require(stage, inputFiles);
            _models.Prepare(component);
        });
    }

    /// <summary>Loads a component of the model that will be needed.</summary>
    /// <exception cref="StageException">It can't fit this machine's memory, or can't be loaded.</exception>
    public void Prepare(ModelComponent component) => Guarded($"Part {component} of the model", _ =>
    {
        _memory.Require(component);
        _models.Prepare(component);
    });

    /// <summary>Runs one stage to its end, on the calling thread.</summary>
    /// <param name="stage">The stage; any but <see cref="MuxStage"/>, which needs no model.</param>
    /// <param name="inputFiles">Files of the artefacts it reads, by name.</param>
    /// <param name="outputFiles">Files to write, by the artefact's name; each appears only when whole.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <param name="evaluations">The way to a machine that computes evaluations of guided steps for this one; null for none.</param>
    /// <exception cref="StageException">It failed; says why and of what kind the fault is.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(
        Stage stage,
        IReadOnlyDictionary<string, string> inputFiles,
        IReadOnlyDictionary<string, string> outputFiles,
        Action<StageProgress>? progress,
        CancellationToken cancellationToken,
        IEvaluationExchange? evaluations = null)
    {
        _ = ComponentOf(stage);
        Guarded($"Stage {stage.Id}", scope =>
        {
            _memory.Require(stage, inputFiles);
            _executors[stage.GetType()]
                .Run(stage, new StageFiles(inputFiles, outputFiles, progress, cancellationToken, scope, evaluations, Noticed));
        });
    }

    /// <summary>Computes the last evaluations of a guided step for a denoising loop on another machine, on the calling thread.</summary>
    /// <param name="stage">The guided stage.</param>
    /// <param name="inputFiles">Files of the artefacts it reads, by name.</param>
    /// <param name="step">The step's index.</param>
    /// <param name="count">How many of the step's evaluations.</param>
    /// <param name="tokensFile">The step's tokens, as an <see cref="IEvaluationExchange"/> was offered them.</param>
    /// <param name="velocitiesFile">The file to write, for the exchange to receive; it appears only when whole.</param>
    /// <param name="cancellationToken">Honoured between evaluations.</param>
    /// <exception cref="StageException">It failed; says why and of what kind the fault is.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void RunEvaluations(
        DenoiseStage stage, IReadOnlyDictionary<string, string> inputFiles, int step, int count, string tokensFile, string velocitiesFile,
        CancellationToken cancellationToken)
    {
        Guarded($"A step of stage {stage.Id}", scope =>
        {
            _memory.Require(stage, inputFiles);
            _evaluations.Run(
                stage, new StageFiles(inputFiles, new Dictionary<string, string>(), null, cancellationToken, scope), step, count,
                tokensFile, velocitiesFile);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _models.Dispose();

    private static ModelComponent ComponentOf(Stage stage) =>
        StageKinds.Of(stage).Component
            ?? throw new StageException(FailureKind.Input, $"The engine has no stage '{stage.Id}' of kind {stage.GetType().Name}.");

    /// <summary>Does something with the modes and scopes that belong to the calling thread; every fault becomes a stage's.</summary>
    private void Guarded(string what, Action<DisposeScope> action)
    {
        set_num_threads(_threads); // OpenMP and MKL keep the number for each thread: set it on the one that computes
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
