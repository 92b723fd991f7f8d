using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Files;
using ProtoBuf;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>Reads SentencePiece's <c>tokenizer.model</c>.</summary>
internal static class SentencePieceFile
{
    /// <exception cref="CheckpointException">The file is not a SentencePiece model of the kind that Gemma uses.</exception>
    public static Tokenizer Read(string path)
    {
        if (ForeignContent.Of(path) is { } foreign)
            throw new CheckpointException($"{path} is {foreign}.");
        SentencePieceModel model;
        try
        {
            using var stream = File.OpenRead(path);
            model = Serializer.Deserialize<SentencePieceModel>(stream);
        }
        catch (Exception ex) when (ex is ProtoException or EndOfStreamException or OverflowException)
        {
            throw new CheckpointException($"{path} is not a SentencePiece model ({ex.Message}); download it again.", ex);
        }

        if (model.Pieces.Count == 0 || model.Trainer?.ModelType != SentencePieceModel.TrainerSpec.BytePairEncoding)
            throw new CheckpointException($"{path} is not a SentencePiece BPE model; use Gemma's tokenizer.model.");
        if (model.Normalizer is { } normalizer
            && (normalizer.AddDummyPrefix || normalizer.RemoveExtraWhitespaces || normalizer.CharacterMap is { Length: > 0 }))
            throw new CheckpointException($"{path} normalises text, which Gemma's tokenizer does not; use Gemma's tokenizer.model.");

        var vocabulary = new Vocabulary(model.Pieces.Select(piece => new Piece(piece.Text, KindOf(piece, path))).ToList());
        return new Tokenizer(
            vocabulary, new ScoredMerges(vocabulary, model.Pieces.Select(piece => piece.Score).ToList()), cutsSpacedText: true);
    }

    private static PieceKind KindOf(SentencePieceModel.Piece piece, string path) => piece.Type switch
    {
        SentencePieceModel.PieceType.Normal => PieceKind.Normal,
        SentencePieceModel.PieceType.UserDefined => PieceKind.Atomic,
        SentencePieceModel.PieceType.Control => PieceKind.Control,
        SentencePieceModel.PieceType.Unknown => PieceKind.Unknown,
        SentencePieceModel.PieceType.Unused => PieceKind.Unused,
        SentencePieceModel.PieceType.Byte when Piece.IsByteText(piece.Text) => PieceKind.Byte,
        _ => throw new CheckpointException($"{path}: piece '{piece.Text}' has an unknown kind; download the file again."),
    };
}
