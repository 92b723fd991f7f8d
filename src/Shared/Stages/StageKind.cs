using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// All that planning, scheduling and the memory plan know of one kind of stage. Amounts are those of the released LTX-2 models, from
/// the shapes of their tensors (docs/reference/transformer.md, section 9; docs/reference/vae.md, section 11). Other models differ by a
/// factor per kind, which the farm learns; how an amount grows with the clip's size is what counts.
/// </summary>
public abstract class StageKind
{
    private protected const double Tera = 1e12;

    /// <summary>The public name, which is also the JSON discriminator: <c>denoise</c>.</summary>
    public abstract string Id { get; }

    /// <summary>The type of its stages.</summary>
    public abstract Type StageType { get; }

    /// <summary>The component that it computes with; null when it needs no model and runs on the coordinator.</summary>
    public abstract ModelComponent? Component { get; }

    /// <summary>True for a stage that only prepares a clip: cheap, and no reason to finish its clip before others.</summary>
    public virtual bool IsPreparation => false;

    /// <summary>What one unit of progress is called, in the singular.</summary>
    public virtual string ProgressUnit => "step";

    /// <summary>The share of a machine's matrix benchmark that it reaches, assumed until it was measured.</summary>
    public abstract double AssumedEfficiency { get; }

    /// <summary>Operations of a stage, in 10¹².</summary>
    public abstract double TeraOperations(Stage stage, RenderSettings settings);

    /// <summary>
    /// Elements of the tensors alive at a stage's peak beside the weights, in the compute type. The engine refuses what does not fit by the
    /// same number, so the scheduler's choice and the engine's answer agree.
    /// </summary>
    public abstract double ActivationElements(Stage stage, RenderSettings settings);

    /// <summary>Approximate size of a stage's outputs, in bytes.</summary>
    public abstract double OutputBytes(Stage stage, RenderSettings settings);

    /// <summary>The steps of about equal length that a stage consists of.</summary>
    public abstract StageSteps Steps(Stage stage);
}

/// <summary>Base of the descriptors.</summary>
/// <typeparam name="TStage">The type of the stages.</typeparam>
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

    /// <summary>Operations of a stage.</summary>
    protected abstract double Operations(TStage stage, ClipSize clip);

    /// <summary>Elements alive at a stage's peak.</summary>
    protected abstract double Activations(TStage stage, ClipSize clip);

    /// <summary>Bytes of a stage's outputs.</summary>
    protected abstract double Bytes(TStage stage, ClipSize clip);

    /// <summary>The steps of a stage; a single one by default.</summary>
    protected virtual StageSteps StepsOf(TStage stage) => StageSteps.One;
}

/// <summary>The steps of a stage, whose times are learned and of which two workers can share evaluations.</summary>
/// <param name="Count">How many.</param>
/// <param name="Evaluations">Transformer evaluations in each step; 1 without guidance.</param>
/// <param name="HasEmpty">Whether some take no time, as those that reuse a prediction: nothing is learned from them.</param>
public sealed record StageSteps(int Count, int Evaluations, bool HasEmpty)
{
    /// <summary>A stage without steps.</summary>
    public static StageSteps One { get; } = new(1, 1, HasEmpty: false);
}
