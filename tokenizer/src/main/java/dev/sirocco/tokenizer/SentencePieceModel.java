package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a SentencePiece {@code tokenizer.model} file says; field numbers are those of its published
 * {@code sentencepiece_model.proto}.
 */
final class SentencePieceModel {

  private static final int BPE = 2;

  private final String file;
  final List<String> pieces = new ArrayList<>();
  final List<TokenType> types = new ArrayList<>();
  final List<Float> scores = new ArrayList<>();
  int bosId = 1;
  int eosId = 2;
  String unknownText = " ⁇ ";
  boolean addPrefixSpace = true;
  boolean removeExtraWhitespace = true;
  private long modelType = 1;

  private SentencePieceModel(String file) {
    this.file = file;
  }

  static SentencePieceModel parse(String file, byte[] bytes) {
    SentencePieceModel model = new SentencePieceModel(file);
    ProtobufReader reader = new ProtobufReader(file, bytes);
    while (reader.nextField()) {
      switch (reader.field()) {
        case 1 -> model.readPiece(reader.message());
        case 2 -> model.readTrainer(reader.message());
        case 3 -> model.readNormalizer(reader.message());
        default -> reader.skip();
      }
    }
    if (model.pieces.isEmpty()) {
      throw new ModelFormatException(
          file + ": not a valid SentencePiece model: found no pieces; wanted at least one");
    }
    if (model.modelType != BPE) {
      throw new ModelFormatException(
          "%s: model type %d; wanted 2 (byte-pair encoding), the only one of the Mistral and Llama families"
              .formatted(file, model.modelType));
    }
    return model;
  }

  private void readPiece(ProtobufReader reader) {
    String piece = "";
    float score = 0;
    long type = 1;
    while (reader.nextField()) {
      switch (reader.field()) {
        case 1 -> piece = reader.string();
        case 2 -> score = reader.float32();
        case 3 -> type = reader.integer();
        default -> reader.skip();
      }
    }
    pieces.add(piece);
    scores.add(score);
    types.add(TokenType.ofNumber(type, types.size(), file));
  }

  private void readTrainer(ProtobufReader reader) {
    while (reader.nextField()) {
      switch (reader.field()) {
        case 3 -> modelType = reader.integer();
        case 41 -> bosId = (int) reader.integer();
        case 42 -> eosId = (int) reader.integer();
        case 44 -> unknownText = reader.string();
        default -> reader.skip();
      }
    }
  }

  private void readNormalizer(ProtobufReader reader) {
    while (reader.nextField()) {
      switch (reader.field()) {
        case 2 -> {
          if (!reader.string().isEmpty()) {
            throw new ModelFormatException(
                file
                    + ": the model changes characters before it encodes (precompiled_charsmap);"
                    + " only models without that are supported");
          }
        }
        case 3 -> addPrefixSpace = reader.bool();
        case 4 -> removeExtraWhitespace = reader.bool();
        default -> reader.skip();
      }
    }
  }
}
