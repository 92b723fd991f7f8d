using System.ComponentModel;
using ProtoBuf;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>The fields of a SentencePiece <c>tokenizer.model</c> that encoding requires (sentencepiece_model.proto).</summary>
[ProtoContract]
internal sealed class SentencePieceModel
{
    /// <summary>The pieces; a piece's id is its index.</summary>
    [ProtoMember(1, IsRequired = true)]
    public List<Piece> Pieces { get; set; } = [];

    /// <summary>Training settings.</summary>
    [ProtoMember(2)]
    public TrainerSpec? Trainer { get; set; }

    /// <summary>Text normalization settings.</summary>
    [ProtoMember(3)]
    public NormalizerSpec? Normalizer { get; set; }

    [ProtoContract]
    internal sealed class Piece
    {
        [ProtoMember(1)]
        public string Text { get; set; } = "";

        [ProtoMember(2)]
        public float Score { get; set; }

        [ProtoMember(3)]
        [DefaultValue(PieceType.Normal)]
        public PieceType Type { get; set; } = PieceType.Normal;
    }

    internal enum PieceType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    [ProtoContract]
    internal sealed class TrainerSpec
    {
        public const int BytePairEncoding = 2;

        [ProtoMember(3)]
        [DefaultValue(1)]
        public int ModelType { get; set; } = 1;
    }

    [ProtoContract]
    internal sealed class NormalizerSpec
    {
        [ProtoMember(2)]
        public byte[]? CharacterMap { get; set; }

        [ProtoMember(3)]
        [DefaultValue(true)]
        public bool AddDummyPrefix { get; set; } = true;

        [ProtoMember(4)]
        [DefaultValue(true)]
        public bool RemoveExtraWhitespaces { get; set; } = true;
    }
}
