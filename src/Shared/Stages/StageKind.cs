using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Description of one stage kind for planning, scheduling and memory planning. Costs are those of the released LTX-2 models, derived from
/// their tensor shapes (docs/reference/transformer.md, section 9; docs/reference/vae.md, section 11). Other models differ by a factor per
/// kind, which the farm learns; the growth with the clip's size is what matters.
/// </summary>
public abstract class StageKind
{
    private protected const double Tera = 1e12;

    /// <summary>Public id, also the JSON discriminator: <c>denoise</c>.</summary>
    public abstract string Id { get; }

    /// <summary>Type of the stages of this kind.</summary>
    public abstract Type StageType { get; }

    /// <summary>Component that the stages use; null when they need no model and run on the coordinator.</summary>
    public abstract ModelComponent? Component { get; }

    /// <summary>True for a cheap stage that only prepares a clip and gives no reason to finish that clip before others.</summary>
    public virtual bool IsPreparation => false;

    /// <summary>Name of the progress unit, in the singular.</summary>
    public virtual string ProgressUnit => "step";

    /// <summary>Assumed fraction of the machine's matrix benchmark that the stages reach, used until it has been measured.</summary>
    public abstract double AssumedEfficiency { get; }

    /// <summary>Returns a stage's operations, in units of 10¹².</summary>
    public abstract double TeraOperations(Stage stage, RenderSettings settings);

    /// <summary>
    /// Returns the number of tensor elements, in the compute type, alive at a stage's memory peak, excluding weights. The engine rejects
    /// stages that do not fit by the same number, so the scheduler and the engine agree.
    /// </summary>
    public abstract double ActivationElements(Stage stage, RenderSettings settings);

    /// <summary>Returns the approximate size of a stage's outputs in bytes.</summary>
    public abstract double OutputBytes(Stage stage, RenderSettings settings);

    /// <summary>Returns a stage's steps, which take about equal time.</summary>
    public abstract StageSteps Steps(Stage stage);
}

/// <summary>Base class of the stage kinds.</summary>
public abstract class StageKind<TStage> : StageKind
    where TStage : Stage
{
    /// <inheritdoc/>
    public sealed override Type StageType => typeof(TStage);

    /// <inheritdoc/>
    public sealed override double TeraOperations(Stage stage, RenderSettings settings) =>
        Operations((TStage)stage, new ClipSize(settings)) / Tera;

    /// <inheritdoc/>
    public sealed override double ActivationElements(Stage stage, RenderSettings settings) =>
        Activations((TStage)stage, new ClipSize(settings));

    /// <inheritdoc/>
    public sealed override double OutputBytes(Stage stage, RenderSettings settings) => Bytes((TStage)stage, new ClipSize(settings));

    /// <inheritdoc/>
    public sealed override StageSteps Steps(Stage stage) => StepsOf((TStage)stage);

    /// <summary>Returns a stage's operations.</summary>
    protected abstract double Operations(TStage stage, ClipSize clip);

    /// <summary>Returns the number of tensor elements alive at a stage's memory peak, excluding weights.</summary>
    protected abstract double Activations(TStage stage, ClipSize clip);

    /// <summary>Returns the approximate size of a stage's outputs in bytes.</summary>
    protected abstract double Bytes(TStage stage, ClipSize clip);

    /// <summary>Returns a stage's steps; a single one by default.</summary>
    protected virtual StageSteps StepsOf(TStage stage) => StageSteps.One;
}

/// <summary>The steps of a stage. Step times are learned, and two workers can share the evaluations of a step.</summary>
/// <param name="Count">Number of steps.</param>
/// <param name="Evaluations">Transformer evaluations per step; 1 without guidance.</param>
/// <param name="HasEmpty">True when some steps take no time, for example because they reuse a prediction: no times are learned.</param>
public sealed record StageSteps(int Count, int Evaluations, bool HasEmpty)
{
    /// <summary>The steps of a stage that is not divided into steps.</summary>
    public static StageSteps One { get; } = new(1, 1, HasEmpty: false);
}
