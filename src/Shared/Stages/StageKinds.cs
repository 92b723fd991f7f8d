namespace MlxVideo.Shared.Stages;

/// <summary>Registry of the stage kinds.</summary>
public static class StageKinds
{
    private static readonly IReadOnlyDictionary<string, StageKind> ById;
    private static readonly IReadOnlyDictionary<Type, StageKind> ByType;

    static StageKinds()
    {
        All =
        [
            new EnhancePromptKind(),
            new EncodePromptKind(),
            new EncodeConditioningKind(),
            new EncodeVideoKind(),
            new EncodeAudioKind(),
            new DenoiseKind(),
            new UpsampleKind(),
            new DecodeVideoKind(),
            new DecodeAudioKind(),
            new MuxKind(),
        ];
        ById = All.ToDictionary(kind => kind.Id, StringComparer.Ordinal);
        ByType = All.ToDictionary(kind => kind.StageType);
    }

    /// <summary>All stage kinds, in the order of a clip's stages.</summary>
    public static IReadOnlyList<StageKind> All { get; }

    /// <summary>Returns the kind of a stage.</summary>
    public static StageKind Of(Stage stage) => ByType[stage.GetType()];

    /// <summary>Returns the kind with an id.</summary>
    /// <exception cref="KeyNotFoundException">No kind has this id.</exception>
    public static StageKind Of(string id) => ById[id];

    /// <summary>Returns the kind with an id; null when there is none, for example in a trace from another version.</summary>
    public static StageKind? Find(string id) => ById.GetValueOrDefault(id);
}
