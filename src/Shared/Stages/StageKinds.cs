namespace MlxVideo.Shared.Stages;

/// <summary>The registered stage kinds.</summary>
public static class StageKinds
{
    private static readonly IReadOnlyDictionary<string, StageKind> ById;
    private static readonly IReadOnlyDictionary<Type, StageKind> ByType;

    static StageKinds()
    {
        All =
        [
            new EncodePromptKind(),
            new EncodeConditioningKind(),
            new DenoiseKind(),
            new UpsampleKind(),
            new DecodeVideoKind(),
            new DecodeAudioKind(),
            new MuxKind(),
        ];
        ById = All.ToDictionary(kind => kind.Id, StringComparer.Ordinal);
        ByType = All.ToDictionary(kind => kind.StageType);
    }

    /// <summary>All kinds, in the order of a clip's stages.</summary>
    public static IReadOnlyList<StageKind> All { get; }

    /// <summary>The kind of a stage.</summary>
    public static StageKind Of(Stage stage) => ByType[stage.GetType()];

    /// <summary>The kind with an id.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static StageKind Of(string id) => ById[id];

    /// <summary>The kind with an id; null when there is none, as in the trace of another version.</summary>
    public static StageKind? Find(string id) => ById.GetValueOrDefault(id);
}
